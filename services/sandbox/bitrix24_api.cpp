#include "bitrix24_api.hpp"

#include <algorithm>
#include <chrono>

#include "base/text.hpp"
#include "json/writer.hpp"

namespace trunkline::sandbox {
namespace {

using bitrix24::error;

constexpr std::string_view webhook_user = "1";

/// `telephony.externalCall.register.json/` and its like, in lower case.
std::string plain_name(const std::string& method) {
    auto name = base::to_lower_ascii(method);
    while (name.ends_with('/')) {
        name.pop_back();
    }
    constexpr std::string_view suffix = ".json";
    if (name.ends_with(suffix)) {
        name.resize(name.size() - suffix.size());
    }
    return name;
}

bool is_for_applications_only(std::string_view method) {
    return method == "telephony.externalcall.register" ||
           method == "telephony.externalcall.finish" ||
           method.starts_with("telephony.externalline.") || method.starts_with("event.");
}

ApiAnswer oauth_error(const std::string& code) {
    json::Writer writer;
    writer.begin_object().member("error", code).end_object();
    return {.status = 400, .body = writer.take(), .retry_after = std::nullopt};
}

std::string parameter(const Parameters& parameters, std::string_view name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
}

}  // namespace

Bitrix24Api::Account& Bitrix24Api::account(const std::string& portal) {
    return accounts_.try_emplace(portal, portal, clock_).first->second;
}

std::string Bitrix24Api::new_name_of(const std::string& portal) const {
    const auto found = renamed_.find(portal);
    return found == renamed_.end() ? std::string() : found->second;
}

void Bitrix24Api::rename(const std::string& portal, const std::string& to) {
    account(portal);
    auto node = accounts_.extract(portal);
    node.key() = to;
    accounts_.erase(to);
    accounts_.insert(std::move(node));
    renamed_[portal] = to;
    renamed_.erase(to);
}

void Bitrix24Api::reset() {
    accounts_.clear();
    renamed_.clear();
}

std::optional<ApiAnswer> Bitrix24Api::refused_at_the_door(Account& account) const {
    ++account.requests;
    const auto now = clock_.steady();
    const std::chrono::duration<double> passed = now - account.level_at;
    account.level = std::max(0.0, account.level - passed.count() * account.per_second);
    account.level_at = now;
    if (account.level + 1 > account.burst) {
        account.portal.violate("too many requests");
        return error(503, "QUERY_LIMIT_EXCEEDED", "Too many requests");
    }
    account.level += 1;
    account.highest = std::max(account.highest, account.level);
    return std::nullopt;
}

ApiAnswer Bitrix24Api::carry_out(Account& account, const std::string& method, json::View parameters)
    const {
    const auto answer = account.portal.call(plain_name(method), parameters);
    return answer ? *answer : error(404, "ERROR_METHOD_NOT_FOUND", "Method not found!");
}

ApiAnswer Bitrix24Api::call(
    const std::string& portal, const std::string& method, json::View parameters
) {
    auto& entry = account(portal);
    if (auto refused = refused_at_the_door(entry)) {
        return *refused;
    }
    const auto token = bitrix24::text_of(parameters, "auth");
    if (token.empty()) {
        return error(401, "NO_AUTH_FOUND", "Wrong authorization data");
    }
    switch (entry.tokens.standing_of(token)) {
        case Bitrix24Tokens::Standing::unknown:
            return error(401, "invalid_token", "Unable to get application by token");
        case Bitrix24Tokens::Standing::expired:
            return error(401, "expired_token", "The access token provided has expired.");
        case Bitrix24Tokens::Standing::valid:
            break;
    }
    return carry_out(entry, method, parameters);
}

ApiAnswer Bitrix24Api::call_by_webhook(
    const std::string& portal,
    const std::string& user,
    const std::string& code,
    const std::string& method,
    json::View parameters
) {
    auto& entry = account(portal);
    if (auto refused = refused_at_the_door(entry)) {
        return *refused;
    }
    if (user != webhook_user || code != entry.tokens.webhook_code()) {
        return error(401, "INVALID_CREDENTIALS", "Invalid request credentials");
    }
    if (is_for_applications_only(plain_name(method)) && !entry.webhook_may_call) {
        return error(
            403, "WRONG_AUTH_TYPE", "Current authorization type is denied for this method"
        );
    }
    return carry_out(entry, method, parameters);
}

ApiAnswer Bitrix24Api::refresh(const Parameters& parameters) {
    if (parameter(parameters, "grant_type") != "refresh_token") {
        return oauth_error("invalid_request");
    }
    for (auto& [name, entry] : accounts_) {
        if (entry.tokens.client_id() != parameter(parameters, "client_id")) {
            continue;
        }
        if (entry.tokens.client_secret() != parameter(parameters, "client_secret")) {
            return oauth_error("invalid_client");
        }
        const auto pair = entry.tokens.refresh(parameter(parameters, "refresh_token"));
        if (!pair) {
            entry.portal.violate("refresh with a dead token");
            return oauth_error("invalid_grant");
        }
        const auto expires = clock_.now() + pair->life;
        json::Writer writer;
        writer.begin_object()
            .member("access_token", pair->access)
            .member("refresh_token", pair->refresh)
            .member(
                "expires",
                std::chrono::duration_cast<std::chrono::seconds>(expires.time_since_epoch()).count()
            )
            .member("expires_in", pair->life.count())
            .member("member_id", entry.tokens.member_id())
            .member("domain", "oauth.bitrix.info")
            .member("client_endpoint", "")
            .member("user_id", 1)
            .member("scope", "telephony,crm,user_basic")
            .member("status", "L")
            .end_object();
        return {.status = 200, .body = writer.take(), .retry_after = std::nullopt};
    }
    return oauth_error("invalid_client");
}

}  // namespace trunkline::sandbox
