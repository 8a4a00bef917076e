#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trunkline::base {

/// White space of ASCII cut from both ends.
std::string_view trim(std::string_view text);

/// `a,b,,c` by `,` gives four parts; parts are trimmed; an empty text gives none.
std::vector<std::string> split(std::string_view text, char separator);

std::string to_lower_ascii(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);

/// No control character (below 0x20), no double quote and no backslash: nothing that a quoted text
/// of JSON or PostgreSQL would have to escape.
bool is_plain(std::string_view text);

/// Whether `text` is valid UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
bool is_valid_utf8(std::string_view text);

/// The same text with every invalid sequence replaced by U+FFFD. Valid text comes back unchanged.
std::string replace_invalid_utf8(std::string_view text);

/// Digits only: `+375 (29) 1` gives `375291`.
std::string digits_of(std::string_view text);

/// Percent-decoding of a URL part. `plus_is_space` as in form bodies. A broken escape stays as it
/// is.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

/// Percent-encoding of everything but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);

}  // namespace trunkline::base
