#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace trunkline::recordings {

/// Whether a finished call gets a link by its enterprise's `recordings` (answered | all | none).
bool gets_link(std::string_view policy, bool answered);

/// `PUBLIC_URL/recordings/{uuid}`: what CRMs get and keep for ever. Empty while `public_url` is.
std::string plain_link(std::string_view public_url, std::string_view uuid);

/// What a signature binds together. Seconds, since that is what the link shows.
struct Grant {
    std::string_view enterprise_number;
    std::string_view uuid;
    std::chrono::sys_seconds expires;
};

inline constexpr std::chrono::days default_validity{30};
std::chrono::sys_seconds default_expiry(base::WallTime now);

/// Makes and checks links for people: `?exp=<unix seconds>&sig=<base64url of HMAC-SHA256>`. The key
/// is derived from SECRETS_KEY, so that all services of an installation agree and nothing has to be
/// stored. Any thread.
class LinkSigner {
public:
    /// `secrets_key` is SECRETS_KEY: base64 of 32 bytes. Else invalid_input; empty says that it is
    /// not set.
    static base::Result<LinkSigner> from_secrets_key(std::string_view secrets_key);

    std::string signature(const Grant& grant) const;
    /// `plain` is plain_link()'s; empty stays empty.
    std::string signed_link(std::string_view plain, const Grant& grant) const;

    /// `exp` and `sig` as they stand in the link's query. forbidden with one sentence for people:
    /// expired, or not the signature of this call of this enterprise until this time. The
    /// comparison takes a time that tells nothing.
    base::Result<> check(
        std::string_view enterprise_number,
        std::string_view uuid,
        std::string_view exp,
        std::string_view sig,
        base::WallTime now
    ) const;

private:
    explicit LinkSigner(std::string key) : key_(std::move(key)) {}

    std::string key_;
};

}  // namespace trunkline::recordings
