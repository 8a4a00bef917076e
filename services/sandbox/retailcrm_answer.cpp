#include "retailcrm_answer.hpp"

#include <algorithm>

#include "json/writer.hpp"

namespace trunkline::sandbox::retailcrm {

ApiAnswer failure(unsigned status, const std::string& message, const Problems& errors) {
    json::Writer writer;
    writer.begin_object().member("success", false).member("errorMsg", message);
    if (!errors.empty()) {
        writer.key("errors").begin_object();
        for (const auto& [field, text] : errors) {
            writer.member(field, text);
        }
        writer.end_object();
    }
    return {.status = status, .body = writer.end_object().take(), .retry_after = std::nullopt};
}

ApiAnswer success(const std::string& members) {
    return {
        .status = 200, .body = "{\"success\":true" + members + "}", .retry_after = std::nullopt
    };
}

std::string text_of(json::View object, std::string_view key) {
    const auto member = object.find(key);
    return member ? std::string(member->string().value_or("")) : std::string();
}

void check_known(
    json::View object, std::initializer_list<std::string_view> known, Problems& problems
) {
    for (const auto& [key, value] : object.members()) {
        if (std::ranges::find(known, key) == known.end()) {
            problems[std::string(key)] = "This form should not contain extra fields.";
        }
    }
}

void check_choice(
    json::View object,
    std::string_view key,
    std::initializer_list<std::string_view> allowed,
    Problems& problems
) {
    if (std::ranges::find(allowed, text_of(object, key)) == allowed.end()) {
        problems[std::string(key)] = "The value you selected is not a valid choice.";
    }
}

}  // namespace trunkline::sandbox::retailcrm
