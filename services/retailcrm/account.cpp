#include "account.hpp"

#include <utility>

#include "base/log.hpp"

namespace trunkline::retailcrm {

base::Result<Account> account_of(
    const tenants::Enterprise& enterprise, const crypto::SecretBox* box
) {
    Account account;
    account.base_url = enterprise.setting("retailcrm", "base_url").value_or("");
    while (account.base_url.ends_with('/')) {
        account.base_url.pop_back();
    }
    if (account.base_url.empty()) {
        return base::fail(
            base::Errc::not_found, "enterprise " + enterprise.number + " has no retailcrm.base_url"
        );
    }
    auto key = enterprise.secret("retailcrm", "api_key", box);
    if (!key) {
        return std::unexpected(key.error());
    }
    account.api_key = std::move(*key);
    base::add_log_secret(account.api_key);
    if (const auto client_id = enterprise.secret("retailcrm", "client_id", box)) {
        base::add_log_secret(*client_id);  // RetailCRM may say it in an answer.
    }
    account.site = enterprise.setting("retailcrm", "site").value_or("");
    account.timezone = enterprise.setting("retailcrm", "timezone").value_or(enterprise.timezone);
    return account;
}

}  // namespace trunkline::retailcrm
