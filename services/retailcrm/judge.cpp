#include "judge.hpp"

#include <utility>

#include "json/document.hpp"

namespace trunkline::retailcrm {
namespace {

using connector::Verdict;

constexpr std::size_t kept = 300;

std::string first_of(json::View root, std::string_view key) {
    const auto list = root.find(key);
    if (!list || list->size() == 0) {
        return {};
    }
    return std::string((*list)[0].scalar_text().value_or(""));
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

Verdict never(unsigned status, std::string detail) {
    auto mend = mend_for(status, detail);
    return Verdict::refused(std::move(detail), std::move(mend));
}

Verdict accepted(json::View root) {
    if (const auto repeated = first_of(root, "duplicateCalls"); !repeated.empty()) {
        return Verdict::repeated("RetailCRM had the call before");
    }
    if (const auto unknown = first_of(root, "notExistCodes"); !unknown.empty()) {
        return Verdict::accepted("RetailCRM does not know the code " + unknown);
    }
    return Verdict::accepted();
}

}  // namespace

connector::Verdict judge(const httpc::Response& response) {
    const auto status = std::to_string(response.status);
    // Its word for "too often", also as an HTML page: it is said before anything is done.
    if (response.status == 429 || response.status == 503) {
        return Verdict::busy("RetailCRM answered " + status, connector::retry_after_of(response));
    }
    if (response.status >= 500) {
        return Verdict::failed("RetailCRM answered " + status);
    }
    if (response.status >= 300 && response.status < 400) {
        return Verdict::refused(
            "RetailCRM answered " + status, "check base_url: it leads to another address"
        );
    }
    const auto document = connector::body_of(response);
    if (!document || !document->root().is_object()) {
        // 404 and 405 as a page of the web server: no such account. Anything else that is no JSON
        // is a fault of the moment.
        const auto detail = "RetailCRM answered " + status + " without JSON";
        return response.status >= 400 ? never(response.status, detail) : Verdict::failed(detail);
    }
    const auto root = document->root();
    const auto success = root.find("success");
    if (response.status == 460) {
        return Verdict::failed("RetailCRM took a part only: " + error_text(root));
    }
    if (response.status >= 400 || !success || !success->boolean().value_or(false)) {
        return never(response.status, "RetailCRM answered " + status + ": " + error_text(root));
    }
    return accepted(root);
}

connector::Verdict judge_module(const httpc::Response& response) {
    const auto document = connector::body_of(response);
    const bool is_json = document && document->root().is_object();
    // Without JSON, or with these words, it is the account or the method that is not there.
    const auto said = is_json ? error_text(document->root()) : std::string("Account");
    if (response.status == 404 && said.find("Account") == std::string::npos &&
        said.find("method") == std::string::npos) {
        return Verdict::absent("there is no such module");
    }
    return judge(response);
}

}  // namespace trunkline::retailcrm
