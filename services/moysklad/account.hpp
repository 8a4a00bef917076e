#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::moysklad {

/// An enterprise's account in MoySklad. Its secrets are kept out of every log.
struct Account {
    std::string phone_key;
    std::string authorization;  ///< Of Remap: `Bearer ...` or `Basic ...`; "" if not configured.

    /// Whose budget it is. Several enterprises may share an account, so the key says it, by a
    /// digest.
    std::string phone_name() const;
    std::string remap_name() const;
};

/// not_found, forbidden: `ms.phone_api_key` is missing or cannot be opened.
base::Result<Account> account_of(
    const tenants::Enterprise& enterprise, const crypto::SecretBox* box
);

}  // namespace trunkline::moysklad
