#include "account.hpp"

#include <utility>

#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

namespace trunkline::uon {
namespace {

/// The vendor does not say; contracts/uon.md takes Moscow's for the most probable.
constexpr auto usual_timezone = "Europe/Moscow";
constexpr std::size_t digest_digits = 12;

}  // namespace

base::Result<Account> account_of(
    const tenants::Enterprise& enterprise, const crypto::SecretBox* box
) {
    auto key = enterprise.secret("uon", "api_key", box);
    if (!key) {
        return std::unexpected(key.error());
    }
    Account account;
    account.api_key = std::move(*key);
    base::add_log_secret(account.api_key);
    account.queue = crypto::to_hex(crypto::sha256(account.api_key)).substr(0, digest_digits);
    account.timezone = enterprise.setting("uon", "timezone").value_or(usual_timezone);
    return account;
}

}  // namespace trunkline::uon
