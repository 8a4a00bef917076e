#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace trunkline::sandbox {

/// The one application of a portal: its tokens. A refresh gives a new pair, and the old one dies.
class Bitrix24Tokens {
public:
    Bitrix24Tokens(std::string portal, const base::Clock& clock);

    struct Pair {
        std::string access;
        std::string refresh;
        std::chrono::seconds life{0};
    };
    enum class Standing { unknown, expired, valid };

    Standing standing_of(std::string_view access) const;
    /// What the installation gives.
    Pair issue();
    /// Nothing: the refresh token is not the last one that was given.
    std::optional<Pair> refresh(std::string_view token);
    /// The access token runs out now.
    void expire();
    /// The application is gone: no token works any more.
    void revoke();
    void set_life(std::chrono::seconds life) { life_ = life; }

    std::string client_id() const { return "local.sandbox-bitrix24-client-" + portal_; }
    std::string client_secret() const { return "sandbox-bitrix24-secret-" + portal_; }
    std::string application_token() const { return "sandbox-bitrix24-application-" + portal_; }
    std::string member_id() const { return "member-" + portal_; }
    std::string webhook_code() const { return "sandboxhook" + portal_ + "x9"; }
    std::uint64_t refreshes() const { return refreshes_; }

private:
    std::string access_of(std::uint64_t number) const;
    std::string refresh_of(std::uint64_t number) const;

    std::string portal_;
    const base::Clock& clock_;
    std::chrono::seconds life_{3600};
    std::uint64_t number_ = 0;
    std::uint64_t refreshes_ = 0;
    bool is_revoked_ = false;
    base::WallTime expires_at_{};
};

}  // namespace trunkline::sandbox
