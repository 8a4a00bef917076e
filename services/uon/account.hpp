#pragma once

#include <string>

#include "base/error.hpp"
#include "crypto/secret_box.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::uon {

/// What an enterprise has configured for its U-ON cabinet.
struct Account {
    std::string api_key;
    std::string queue;  ///< Whose budget it is: the key's digest, since enterprises may share one.
    std::string timezone;  ///< In which the cabinet writes the start of calls.
};

/// not_found or forbidden with what is missing, in words for the operator.
base::Result<Account> account_of(
    const tenants::Enterprise& enterprise, const crypto::SecretBox* box
);

}  // namespace trunkline::uon
