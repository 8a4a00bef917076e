#include "account.hpp"

#include <charconv>
#include <utility>

#include "base/log.hpp"

namespace trunkline::bitrix24 {
namespace {

constexpr std::string_view key = "bitrix24";
constexpr std::string_view rest_path = "/rest/";

std::string with_slash(std::string text) {
    if (!text.ends_with('/')) {
        text += '/';
    }
    return text;
}

std::optional<std::int64_t> number_of(const std::optional<std::string>& text) {
    std::int64_t number = 0;
    if (!text || text->empty()) {
        return std::nullopt;
    }
    const auto parsed = std::from_chars(text->data(), text->data() + text->size(), number);
    return parsed.ec == std::errc{} ? std::optional(number) : std::nullopt;
}

bool is_flag_set(const std::optional<std::string>& text) {
    return text == "true" || text == "1" || text == "Y";
}

/// The last part of the address is the webhook's secret.
void hide_code(const std::string& rest) {
    const auto end = rest.size() - 1;
    const auto begin = rest.rfind('/', end - 1);
    if (begin != std::string::npos) {
        base::add_log_secret(rest.substr(begin + 1, end - begin - 1));
    }
}

base::Result<> read_webhook(
    Account& account, const tenants::Enterprise& enterprise, const crypto::SecretBox* box
) {
    auto url = enterprise.secret(key, "webhook_url", box);
    if (!url) {
        return std::unexpected(url.error());
    }
    account.is_webhook = true;
    account.rest = with_slash(std::move(*url));
    hide_code(account.rest);
    return {};
}

base::Result<> read_application(
    Account& account, const tenants::Enterprise& enterprise, const crypto::SecretBox* box
) {
    const auto domain = enterprise.setting(key, "domain").value_or("");
    if (domain.empty()) {
        return base::fail(
            base::Errc::not_found,
            "enterprise " + enterprise.number + " has neither bitrix24.webhook_url nor .domain"
        );
    }
    account.rest = rest_of_domain(domain);
    auto token = enterprise.secret(key, "access_token", box);
    if (!token) {
        return base::fail(
            token.error().code,
            token.error().code == base::Errc::not_found
                ? "the application is not installed in the portal yet"
                : token.error().detail
        );
    }
    account.access_token = std::move(*token);
    base::add_log_secret(account.access_token);
    // A portal may say any of them in an answer, and answers are in the gateway's log.
    for (const auto* member :
         {"refresh_token", "client_id", "client_secret", "application_token"}) {
        if (const auto other = enterprise.secret(key, member, box)) {
            base::add_log_secret(*other);
        }
    }
    return {};
}

}  // namespace

std::string rest_of_domain(const std::string& domain) {
    auto address = domain.find("://") == std::string::npos ? "https://" + domain : domain;
    while (address.ends_with('/')) {
        address.pop_back();
    }
    return address + std::string(rest_path);
}

std::string portal_of(const std::string& rest) {
    const auto scheme = rest.find("://");
    const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
    const auto end = rest.find(rest_path, begin);
    return rest.substr(begin, end == std::string::npos ? std::string::npos : end - begin);
}

base::Result<Account> account_of(
    const tenants::Enterprise& enterprise, const crypto::SecretBox* box
) {
    Account account;
    account.enterprise = enterprise.number;
    // Who has an application wants it: a webhook may not register calls.
    const auto is_set = [&enterprise](std::string_view member) {
        return !enterprise.setting(key, member).value_or("").empty();
    };
    const bool has_application =
        is_set("domain") && (is_set("access_token") || !is_set("webhook_url"));
    const auto read = has_application ? read_application(account, enterprise, box)
                                      : read_webhook(account, enterprise, box);
    if (!read) {
        return std::unexpected(read.error());
    }
    account.portal = portal_of(account.rest);
    account.default_user = number_of(enterprise.setting(key, "default_user_id"));
    account.crm_create = is_flag_set(enterprise.setting(key, "crm_create"));
    account.crm_source = enterprise.setting(key, "crm_source").value_or("");
    account.timezone = enterprise.setting(key, "timezone").value_or(enterprise.timezone);
    return account;
}

}  // namespace trunkline::bitrix24
