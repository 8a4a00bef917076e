#include "hook_form.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "httpc/url.hpp"

namespace trunkline::bitrix24 {
namespace {

constexpr std::size_t most_fields = 200;
constexpr std::size_t longest_event = 64;
constexpr std::int64_t usual_life = 3600;

std::int64_t expiry_in(const std::string& life) {
    std::int64_t seconds = usual_life;
    std::from_chars(life.data(), life.data() + life.size(), seconds);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count() +
           std::clamp<std::int64_t>(seconds, 0, 10 * usual_life);
}

/// `x.bitrix24.by`, with a port that is not https's own.
std::string authority_of(const std::string& domain) {
    const auto url = httpc::Url::parse(rest_of_domain(domain));
    return url ? url->authority() : std::string();
}

}  // namespace

std::string HookForm::field(std::string_view group, std::string_view name) const {
    const auto found = fields.find(std::string(group) + "[" + std::string(name) + "]");
    return found == fields.end() ? std::string() : found->second;
}

HookForm form_of(std::string_view body) {
    HookForm form;
    for (const auto& part : base::split(body, '&')) {
        const auto equals = part.find('=');
        if (equals == std::string::npos || form.fields.size() >= most_fields) {
            continue;
        }
        const auto name = base::percent_decode(part.substr(0, equals), true);
        form.fields[name] = base::percent_decode(part.substr(equals + 1), true);
    }
    if (const auto event = form.fields.find("event"); event != form.fields.end()) {
        form.event = event->second.substr(0, longest_event);
        std::ranges::transform(form.event, form.event.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
    }
    return form;
}

base::Result<Installation> installation_in(
    const HookForm& form, const std::string& domain, const std::string& member_id
) {
    Installation out;
    out.tokens.access = form.auth("access_token");
    out.tokens.refresh = form.auth("refresh_token");
    out.tokens.expires = expiry_in(form.auth("expires_in"));
    out.application_token = form.auth("application_token");
    out.member_id = form.auth("member_id");
    out.client_endpoint = form.auth("client_endpoint");
    out.server_endpoint = form.auth("server_endpoint");
    out.scope = form.auth("scope");
    out.status = form.auth("status");
    const auto told = form.auth("domain");
    if (out.tokens.access.empty() || out.tokens.refresh.empty() || out.application_token.empty() ||
        out.member_id.empty() || told.empty()) {
        return base::fail(
            base::Errc::invalid_input, "ONAPPINSTALL without its tokens, member_id or domain"
        );
    }
    if (!member_id.empty() && member_id != out.member_id) {
        return base::fail(base::Errc::forbidden, "member_id is that of another portal");
    }
    const bool is_same = !domain.empty() && authority_of(domain) == authority_of(told);
    if (!domain.empty() && !is_same && member_id.empty()) {
        return base::fail(base::Errc::forbidden, "the application was installed in another portal");
    }
    // A portal that has another name than before is known by its member_id.
    out.domain = is_same ? domain : told;
    return out;
}

}  // namespace trunkline::bitrix24
