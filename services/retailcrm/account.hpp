#pragma once

#include <string>

#include "base/error.hpp"
#include "crypto/secret_box.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::retailcrm {

/// What an enterprise has configured for its RetailCRM account.
struct Account {
    std::string base_url;  ///< Without the slash at the end.
    std::string api_key;
    std::string site;      ///< Shop code, may be empty.
    std::string timezone;  ///< Of the account; the enterprise's own unless it names another.
};

/// not_found or forbidden with what is missing, in words for the operator.
base::Result<Account> account_of(
    const tenants::Enterprise& enterprise, const crypto::SecretBox* box
);

}  // namespace trunkline::retailcrm
