#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "httpd/message.hpp"
#include "json/document.hpp"
#include "json/reader.hpp"

namespace trunkline::pbx_control {

/// The request's JSON object; an empty body is an empty one.
base::Result<json::Document> body_of(const httpd::Request& request);

/// One of several words, `otherwise` if it is absent; a wrong one is an error of the reader's.
std::string word_of(
    json::Reader& reader,
    std::string_view key,
    std::initializer_list<std::string_view> words,
    std::string_view otherwise
);

/// An integer within bounds; absent is nothing.
std::optional<std::int64_t> integer_of(
    json::Reader& reader, std::string_view key, std::int64_t least, std::int64_t most
);

/// A fault of one member as finish() would tell it: code and `native` of `error` stay.
base::Error at_member(std::string_view member, base::Error error);

}  // namespace trunkline::pbx_control
