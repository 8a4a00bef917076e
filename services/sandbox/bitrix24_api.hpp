#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "bitrix24_portal.hpp"
#include "bitrix24_tokens.hpp"
#include "form.hpp"

namespace trunkline::sandbox {

/// Bitrix24's REST API and OAuth server in memory, one portal per name in the address: who may ask,
/// how often, under which name; what is done is Bitrix24Portal's.
class Bitrix24Api {
public:
    explicit Bitrix24Api(const base::Clock& clock) : clock_(clock) {}

    /// A local application's request: `auth` is the access token.
    ApiAnswer call(const std::string& portal, const std::string& method, json::View parameters);
    /// An incoming webhook's, with user and code from the address.
    ApiAnswer call_by_webhook(
        const std::string& portal,
        const std::string& user,
        const std::string& code,
        const std::string& method,
        json::View parameters
    );
    /// GET /oauth/token/
    ApiAnswer refresh(const Parameters& parameters);

    struct Account {
        Account(const std::string& name, const base::Clock& clock)
            : tokens(name, clock), portal(name, clock) {}

        Bitrix24Tokens tokens;
        Bitrix24Portal portal;
        bool webhook_may_call = false;  ///< As portals let webhooks do before 2026-03.
        double per_second = 2;
        double burst = 50;
        double level = 0;  ///< Requests in the leaky bucket.
        base::SteadyTime level_at{};
        double highest = 0;
        std::uint64_t requests = 0;
    };
    Account& account(const std::string& portal);
    /// The portal's new name if it was renamed, else "".
    std::string new_name_of(const std::string& portal) const;
    void rename(const std::string& portal, const std::string& to);
    const std::map<std::string, Account>& accounts() const { return accounts_; }
    void reset();

private:
    /// 302 or 503; nothing if the request is let in.
    std::optional<ApiAnswer> refused_at_the_door(Account& account) const;
    ApiAnswer carry_out(Account& account, const std::string& method, json::View parameters) const;

    const base::Clock& clock_;
    std::map<std::string, Account> accounts_;
    std::map<std::string, std::string> renamed_;
};

}  // namespace trunkline::sandbox
