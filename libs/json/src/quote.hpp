#pragma once

#include <string>
#include <string_view>

namespace trunkline::json {

/// Appends `text` as a JSON string with its quotes. `text` must be valid UTF-8.
void append_quoted(std::string& out, std::string_view text);

}  // namespace trunkline::json
