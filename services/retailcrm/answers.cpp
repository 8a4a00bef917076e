#include "answers.hpp"

#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "json/document.hpp"

namespace trunkline::retailcrm {
namespace {

constexpr std::size_t kept = 300;

std::vector<std::string> texts(json::View root, std::string_view key) {
    std::vector<std::string> out;
    if (const auto list = root.find(key)) {
        for (const auto item : list->elements()) {
            out.emplace_back(item.scalar_text().value_or(""));
        }
    }
    return out;
}

std::string error_text(json::View root) {
    std::string out;
    if (const auto message = root.find("errorMsg")) {
        out = message->scalar_text().value_or("");
    }
    if (const auto errors = root.find("errors"); errors && errors->size() > 0) {
        out += " " + errors->dump();
    }
    return out.substr(0, kept);
}

std::optional<std::chrono::milliseconds> retry_after(const httpc::Response& response) {
    const auto text = base::trim(response.header("Retry-After"));
    int seconds = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || parsed.ec != std::errc{} || seconds < 0) {
        return std::nullopt;
    }
    return std::chrono::seconds(seconds);
}

std::string mend_for(unsigned status, const std::string& detail) {
    if (status == 403) {
        return "check api_key and its rights for telephony in RetailCRM";
    }
    if (status == 404 || status == 405) {
        return "check base_url: there is no such account or method";
    }
    if (detail.find("Telephony not enabled") != std::string::npos) {
        return "register and switch on the telephony module in RetailCRM";
    }
    return {};
}

Judgement later(std::string detail, std::optional<std::chrono::milliseconds> after) {
    return {Judgement::Kind::wait_and_retry, std::move(detail), "", after, {}, {}};
}

Judgement never(unsigned status, std::string detail) {
    auto mend = mend_for(status, detail);
    return {Judgement::Kind::permanent, std::move(detail), std::move(mend), std::nullopt, {}, {}};
}

}  // namespace

Judgement judge(const httpc::Response& response) {
    const auto status = std::to_string(response.status);
    if (response.status == 429 || response.status >= 500) {
        return later("RetailCRM answered " + status, retry_after(response));
    }
    const auto document =
        json::parse(response.body, {.max_bytes = std::size_t{1} << 20, .max_depth = 32});
    if (!document || !document->root().is_object()) {
        // 404 and 405 as a page of the web server: no such account. Anything else that is no JSON
        // is a fault of the moment.
        return response.status >= 400
                   ? never(response.status, "RetailCRM answered " + status + " without JSON")
                   : later("RetailCRM answered " + status + " without JSON", std::nullopt);
    }
    const auto root = document->root();
    const auto success = root.find("success");
    const bool succeeded = success && success->boolean().value_or(false);
    if (response.status == 460) {
        return later("RetailCRM took a part only: " + error_text(root), std::nullopt);
    }
    if (response.status >= 400 || !succeeded) {
        return never(response.status, "RetailCRM answered " + status + ": " + error_text(root));
    }
    Judgement accepted;
    accepted.duplicates = texts(root, "duplicateCalls");
    accepted.unknown_codes = texts(root, "notExistCodes");
    return accepted;
}

}  // namespace trunkline::retailcrm
