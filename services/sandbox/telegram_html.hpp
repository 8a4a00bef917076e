#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace trunkline::sandbox {

/// What parse_mode=HTML makes of a text (contracts/telegram.md section 3): the plain text with
/// references resolved, both ends trimmed; or malformed with Telegram's words, such as `unsupported
/// start tag "unknown" at byte offset 24`.
base::Result<std::string> parse_telegram_html(std::string_view text);

/// Code points of valid UTF-8.
std::size_t length_in_code_points(std::string_view text);

}  // namespace trunkline::sandbox
