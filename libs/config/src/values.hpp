#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "config/loader.hpp"

namespace trunkline::config {

/// A value, or what it is not: `a number from 1 to 65535`.
template <class T>
using Parsed = std::expected<T, std::string>;

/// Decimal digits with an optional minus, nothing else. `what` is for the message: `number`,
/// `number of seconds`.
Parsed<std::int64_t> parse_number(std::string_view text, const Range& range, std::string_view what);

Parsed<bool> parse_bool(std::string_view text);

Parsed<std::string> parse_choice(std::string_view text, std::span<const std::string> allowed);

/// The password of `scheme://user:password@host`, decoded as it stands; empty if there is none.
std::string password_in_url(std::string_view url);

}  // namespace trunkline::config
