#include "judge.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace trunkline::bitrix24 {
namespace {

using connector::Verdict;
using namespace std::chrono_literals;

constexpr std::size_t kept = 300;
constexpr auto pause_when_too_fast = 1s;
constexpr auto pause_when_blocked = 10min;
constexpr auto pause_when_out_of_time = 60s;
constexpr auto longest_pause = 15min;

struct Mend {
    std::string_view code, text;
};
constexpr std::array<Mend, 12> mends{{
    {"wrong_auth_type", "calls need a local application with OAuth, not an incoming webhook"},
    {"insufficient_scope", "give it the rights telephony, crm and user_basic"},
    {"access_denied", "give it the rights telephony, crm and user_basic"},
    {"user_access_error", "its user may not do this in the portal"},
    {"invalid_credentials", "check webhook_url: its user or code is wrong, or it was deleted"},
    {"no_auth_found", "check webhook_url, or reinstall the application"},
    {"invalid_token", "reinstall the application in the portal"},
    {"authorization_error", "reinstall the application in the portal"},
    {"application_not_found", "reinstall the application in the portal"},
    {"error_oauth", "reinstall the application in the portal"},
    {"payment_required", "the portal's plan has no REST API any more"},
    {"error_method_not_found", "check the address: a webhook's has user and code in it"},
}};

std::string text_of(json::View root, std::string_view name) {
    const auto member = root.find(name);
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

Verdict refused(unsigned status, const std::string& code, const std::string& description) {
    std::string detail = "Bitrix24 answered " + std::to_string(status);
    for (const auto& part : {code, description}) {
        detail += part.empty() ? "" : ": " + part;
    }
    const auto name = base::to_lower_ascii(code);
    const auto* const mend = std::ranges::find(mends, name, &Mend::code);
    std::string text = mend == mends.end() ? std::string() : std::string(mend->text);
    if (text.empty() && description.find("User is not found") != std::string::npos) {
        text = "give the users their inner numbers in Bitrix24, or mend default_user_id";
    }
    return Verdict::refused(detail.substr(0, kept), std::move(text));
}

/// What is left of the method's pause; its end is told in seconds since 1970.
std::chrono::milliseconds time_to_reset(json::View root) {
    const auto time = root.find("time");
    const auto reset = time ? time->find("operating_reset_at") : root.find("operating_reset_at");
    if (!reset || !reset->integer()) {
        return pause_when_out_of_time;
    }
    const auto at = std::chrono::system_clock::time_point(std::chrono::seconds(*reset->integer()));
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        at - std::chrono::system_clock::now()
    );
    return std::clamp<std::chrono::milliseconds>(left, 1s, longest_pause);
}

Verdict out_of_time(std::chrono::milliseconds left) {
    auto verdict = Verdict::expired("Bitrix24 has no time left for this method now");
    verdict.retry_after = left;
    return verdict;
}

Verdict judge_without_json(const httpc::Response& response) {
    const auto detail =
        "Bitrix24 answered " + std::to_string(response.status) + " without its JSON";
    if (response.status == 429) {
        return Verdict::busy(detail, connector::retry_after_of(response));
    }
    return response.status >= 400 && response.status < 500
               ? Verdict::refused(detail, "check the portal's address")
               : Verdict::failed(detail);
}

Verdict judge_error(unsigned status, json::View root) {
    const auto code = text_of(root, "error");
    const auto name = base::to_lower_ascii(code);
    const auto description = text_of(root, "error_description");
    if (name == "query_limit_exceeded") {
        return Verdict::busy("Bitrix24 was asked too often", pause_when_too_fast);
    }
    if (name == "operation_time_limit") {
        return out_of_time(time_to_reset(root));
    }
    if (name == "overload_limit") {
        return Verdict::busy("Bitrix24 has blocked the portal's REST by hand", pause_when_blocked);
    }
    if (name == "expired_token") {
        return Verdict::expired("the access token has run out");
    }
    if (name == "portal_deleted") {
        return Verdict::refused("the portal was deleted", "switch Bitrix24 off");
    }
    if (status == 429) {
        return Verdict::busy("Bitrix24 answered 429: " + code);
    }
    if (status >= 500) {
        return Verdict::failed("Bitrix24 answered " + std::to_string(status) + ": " + code);
    }
    if (status == 400 && description.starts_with("Call is not found")) {
        return Verdict::absent(description.substr(0, kept));
    }
    return refused(status, code, description);
}

}  // namespace

bool is_redirect(const httpc::Response& response) {
    const auto status = response.status;
    return status == 301 || status == 302 || status == 307 || status == 308;
}

bool is_out_of_time(const httpc::Response& response) {
    const auto document = connector::body_of(response);
    return document &&
           base::equals_ignoring_case(text_of(document->root(), "error"), "OPERATION_TIME_LIMIT");
}

connector::Verdict judge(const httpc::Response& response) {
    if (is_redirect(response)) {
        return Verdict::expired("the portal has another address now");
    }
    const auto document = connector::body_of(response);
    if (!document || !document->root().is_object()) {
        return judge_without_json(response);
    }
    const auto root = document->root();
    // An error with status 200 is one too; `error` may be an empty text.
    if (response.status >= 400 || root.find("error")) {
        return judge_error(response.status, root);
    }
    return root.find("result") ? Verdict::accepted() : judge_without_json(response);
}

base::Result<json::Document> document_of(const httpc::Response& response) {
    auto document = connector::body_of(response);
    if (document && !document->root().find("result")) {
        return base::fail(base::Errc::malformed, "the answer has no result");
    }
    return document;
}

}  // namespace trunkline::bitrix24
