#include "judge.hpp"

#include <charconv>
#include <optional>

#include "base/text.hpp"

namespace trunkline::uon {
namespace {

using connector::Verdict;

constexpr std::size_t kept = 200;

constexpr unsigned ok = 200;
constexpr unsigned forbidden = 403;
constexpr unsigned not_found = 404;
constexpr unsigned too_many = 429;
constexpr unsigned server_error = 500;

std::string text_of(json::View object, std::string_view key) {
    const auto member = object.find(key);
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

/// Text in `error.message`, then `message`, then `error` itself; nothing if there is no error. A
/// `message` beside result 404 is none: it says in words that nothing was found.
std::optional<std::string> error_in(json::View root) {
    const auto error = root.find("error");
    const bool is_error = error && (error->is_object() || !error->string().value_or("").empty());
    if (!is_error && text_of(root, "result") == "404") {
        return std::nullopt;
    }
    auto text = error && error->is_object() ? text_of(*error, "message") : std::string();
    if (text.empty()) {
        text = text_of(root, "message");
    }
    if (text.empty()) {
        text = text_of(root, "error");
    }
    if (!is_error && text.empty()) {
        return std::nullopt;
    }
    return text.empty() ? "an error without words" : text.substr(0, kept);
}

std::optional<unsigned> number_in(json::View object, std::string_view key) {
    const auto text = text_of(object, key);
    unsigned number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    return text.empty() || parsed.ec != std::errc{} ? std::nullopt : std::optional(number);
}

std::string mend_for(unsigned status) {
    return status == forbidden
               ? "check api_key, and the key's switches GET and POST and its addresses in U-ON"
               : "";
}

bool is_success(unsigned number) { return number >= ok && number < 300; }

/// What a number that is no success says, wherever it stood.
Verdict failure_of(unsigned number, const httpc::Response& response) {
    const auto said = "U-ON answered " + std::to_string(number);
    if (number == too_many) {
        return Verdict::busy(said, connector::retry_after_of(response));
    }
    if (number >= server_error) {
        return Verdict::failed(said);
    }
    return Verdict::refused(said, mend_for(number));
}

Verdict refusal(unsigned status, const std::string& text) {
    return Verdict::refused(
        "U-ON answered " + std::to_string(status) + ": " + text, mend_for(status)
    );
}

Verdict judge_json(const httpc::Response& response, json::View root) {
    const auto result = number_in(root, "result");
    if (const auto error = error_in(root)) {
        const auto inner = root.find("error");
        const auto code = inner && inner->is_object() ? number_in(*inner, "code") : std::nullopt;
        for (const auto number : {code, result}) {
            const bool may_pass = number && (*number == too_many || *number >= server_error);
            if (may_pass) {
                return failure_of(*number, response);
            }
        }
        return refusal(
            response.status == ok ? code.value_or(response.status) : response.status, *error
        );
    }
    if (result == not_found) {
        return Verdict::absent("U-ON knows no such thing");
    }
    for (const auto number : {result.value_or(ok), response.status}) {
        if (!is_success(number)) {
            return failure_of(number, response);
        }
    }
    return result ? Verdict::accepted() : Verdict::failed("U-ON's answer has no result");
}

}  // namespace

Verdict judge(const httpc::Response& response) {
    if (response.status == too_many || response.status >= server_error) {
        return failure_of(response.status, response);
    }
    const auto document = connector::body_of(response);
    if (document && document->root().is_object()) {
        return judge_json(response, document->root());
    }
    if (response.status >= 400) {
        return Verdict::refused(
            "U-ON answered " + std::to_string(response.status) + " without JSON",
            response.status == forbidden ? mend_for(forbidden) : "check UON_API_URL"
        );
    }
    return Verdict::failed("U-ON answered " + std::to_string(response.status) + " without JSON");
}

Verdict judge_creation(const httpc::Response& response) {
    auto verdict = judge(response);
    if (verdict.kind == Verdict::Kind::absent) {
        return Verdict::refused("U-ON found nothing to create it for");
    }
    if (verdict.kind == Verdict::Kind::accepted) {
        const auto document = connector::body_of(response);
        verdict.detail = text_of(document->root(), "id");
        if (verdict.detail.empty()) {
            return Verdict::failed("U-ON's answer has no id");
        }
    }
    return verdict;
}

}  // namespace trunkline::uon
