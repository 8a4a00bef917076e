#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

// PostgreSQL's text format of values, as the session settings of plan.cpp make it (DateStyle ISO,
// TimeZone UTC).
namespace trunkline::pg {

std::optional<std::int64_t> parse_integer(std::string_view text);
/// NaN and infinities too, as PostgreSQL writes them.
std::optional<double> parse_number(std::string_view text);
std::optional<bool> parse_boolean(std::string_view text);
/// `2025-10-01 14:23:45.123456+00`. Nothing for infinite times, years before Christ and times
/// without an offset.
std::optional<base::WallTime> parse_time(std::string_view text);
/// `\x0aff`; the server's default output since 9.0.
std::optional<std::string> parse_bytes(std::string_view text);

/// The 16 octets of a uuid; dashes may stand anywhere between two digits.
std::optional<std::string> parse_uuid(std::string_view text);

using ArrayElements = std::vector<std::optional<std::string>>;
/// One dimension: `{plain,"quo\"ted",NULL}`.
/// https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO
std::optional<ArrayElements> parse_array(std::string_view text);

std::string format_number(double value);
std::string format_bytes(std::string_view octets);
/// Every text quoted, so that none is taken for NULL or for syntax.
std::string format_array(std::span<const std::optional<std::string>> elements);
std::string format_array(std::span<const std::string> elements);

/// An identifier in double quotes.
std::string quote_identifier(std::string_view name);

}  // namespace trunkline::pg
