#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace trunkline::call {

/// A name from outside as one line of a card can show it: control characters and line breaks are
/// blanks, and what would turn the writing direction of all that follows is gone.
std::string clean_name(std::string_view name);

std::size_t code_points(std::string_view text);

}  // namespace trunkline::call
