#include "targets.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "httpc/url.hpp"

namespace trunkline::call_emulator {
namespace {

/// One writing of a base URL, so that equal ones compare equal: `HTTP://Host:80/` is `http://host`.
base::Result<std::string> normal_form(const std::string& text, std::string_view name) {
    auto url = httpc::Url::parse(text);
    if (!url || url->target.find('?') != std::string::npos) {
        return base::fail(
            base::Errc::invalid_input,
            std::string(name) + ": must be a base URL such as http://127.0.0.1:8000"
        );
    }
    while (url->target.ends_with('/')) {
        url->target.pop_back();
    }
    return url->to_string();
}

}  // namespace

base::Result<Targets> Targets::make(
    const std::string& ingest_url, const std::vector<std::string>& allowed
) {
    std::vector<std::string> normal;
    auto ingest = normal_form(ingest_url, "INGEST_URL");
    if (!ingest) {
        return std::unexpected(ingest.error());
    }
    normal.push_back(std::move(*ingest));
    for (const auto& text : allowed) {
        auto target = normal_form(text, "EMULATOR_ALLOWED_TARGETS");
        if (!target) {
            return std::unexpected(target.error());
        }
        normal.push_back(std::move(*target));
    }
    return Targets(std::move(normal));
}

base::Result<std::string> Targets::resolve(const std::optional<std::string>& asked) const {
    if (!asked) {
        return allowed_.front();
    }
    auto target = normal_form(*asked, "target");
    if (!target) {
        auto error = target.error();
        error.fields.push_back({"/target", "must be a base URL such as http://127.0.0.1:8000"});
        return std::unexpected(std::move(error));
    }
    if (std::ranges::find(allowed_, *target) == allowed_.end()) {
        return base::fail(
            base::Errc::forbidden,
            "the target is neither INGEST_URL nor listed in EMULATOR_ALLOWED_TARGETS"
        );
    }
    return target;
}

}  // namespace trunkline::call_emulator
