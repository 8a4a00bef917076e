#include "body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace trunkline::pbx_control {

base::Result<json::Document> body_of(const httpd::Request& request) {
    return json::parse(request.body.empty() ? std::string_view("{}") : request.body);
}

std::string word_of(
    json::Reader& reader,
    std::string_view key,
    std::initializer_list<std::string_view> words,
    std::string_view otherwise
) {
    auto word = reader.optional_string(key);
    if (!word) {
        return std::string(otherwise);
    }
    if (std::ranges::find(words, *word) == words.end()) {
        reader.fail(key, fmt::format("must be one of {}", fmt::join(words, ", ")));
    }
    return *word;
}

std::optional<std::int64_t> integer_of(
    json::Reader& reader, std::string_view key, std::int64_t least, std::int64_t most
) {
    const auto number = reader.optional_integer(key);
    if (number && (*number < least || *number > most)) {
        reader.fail(key, fmt::format("must be from {} to {}", least, most));
        return std::nullopt;
    }
    return number;
}

base::Error at_member(std::string_view member, base::Error error) {
    if (error.code == base::Errc::invalid_input) {
        error.fields = {{"/" + std::string(member), error.detail}};
        error.detail = std::string(member) + ": " + error.detail;
    }
    return error;
}

}  // namespace trunkline::pbx_control
