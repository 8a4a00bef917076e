#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/document.hpp"

namespace trunkline::json {

/// Adds `/token` to a JSON Pointer (RFC 6901), `~` and `/` escaped.
void append_token(std::string& pointer, std::string_view token);

/// The value at a JSON Pointer below `root`; none if the pointer is malformed or leads nowhere.
std::optional<View> resolve(View root, std::string_view pointer);

}  // namespace trunkline::json
