#include "account.hpp"

#include <utility>

#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

namespace trunkline::moysklad {
namespace {

std::string digest_of(const std::string& secret) {
    constexpr std::size_t shown = 10;
    return crypto::to_hex(crypto::sha256("moysklad budget " + secret)).substr(0, shown);
}

/// Remap by a token, or by login and password; neither is no error.
base::Result<std::string> authorization_of(
    const tenants::Enterprise& enterprise, const crypto::SecretBox* box
) {
    auto token = enterprise.secret("ms", "remap_token", box);
    if (token && !token->empty()) {
        base::add_log_secret(*token);
        return "Bearer " + *token;
    }
    if (!token && token.error().code == base::Errc::forbidden) {
        return std::unexpected(std::move(token.error()));
    }
    const auto login = enterprise.setting("ms", "login").value_or("");
    auto password = enterprise.secret("ms", "password", box);
    if (!password && password.error().code == base::Errc::forbidden) {
        return std::unexpected(std::move(password.error()));
    }
    if (login.empty() || !password || password->empty()) {
        return std::string();
    }
    base::add_log_secret(*password);
    auto packed = crypto::base64_encode(login + ":" + *password);
    base::add_log_secret(packed);
    return "Basic " + packed;
}

}  // namespace

std::string Account::phone_name() const { return "phone " + digest_of(phone_key); }
std::string Account::remap_name() const { return "remap " + digest_of(authorization); }

base::Result<Account> account_of(
    const tenants::Enterprise& enterprise, const crypto::SecretBox* box
) {
    auto key = enterprise.secret("ms", "phone_api_key", box);
    if (!key) {
        return std::unexpected(std::move(key.error()));
    }
    base::add_log_secret(*key);
    auto authorization = authorization_of(enterprise, box);
    if (!authorization) {
        return std::unexpected(std::move(authorization.error()));
    }
    return Account{.phone_key = std::move(*key), .authorization = std::move(*authorization)};
}

}  // namespace trunkline::moysklad
