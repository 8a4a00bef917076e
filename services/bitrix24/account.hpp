#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "crypto/secret_box.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::bitrix24 {

/// What an enterprise has configured for its portal.
struct Account {
    std::string enterprise;  ///< Its number.
    /// What methods are appended to: `https://x.bitrix24.by/rest/`, with a webhook's user and code
    /// behind it. A secret for webhooks.
    std::string rest;
    std::string portal;        ///< Whose budget requests share: `x.bitrix24.by`.
    bool is_webhook = false;   ///< An incoming webhook, not a local application.
    std::string access_token;  ///< Of the application.
    std::optional<std::int64_t> default_user;
    bool crm_create = false;
    std::string crm_source;
    std::string timezone;
};

/// not_found or forbidden with what is missing, in words for the operator.
base::Result<Account> account_of(
    const tenants::Enterprise& enterprise, const crypto::SecretBox* box
);

/// `https://x.bitrix24.by/rest/` for `x.bitrix24.by`; a full address stays what it is.
std::string rest_of_domain(const std::string& domain);
/// The host, with what stands before `/rest/`: no secret.
std::string portal_of(const std::string& rest);

}  // namespace trunkline::bitrix24
