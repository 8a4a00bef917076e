#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace trunkline::base::detail {

/// Date and time of day without a zone.
using CivilTime = std::chrono::local_time<std::chrono::microseconds>;

/// Takes exactly `count` digits off the front of `rest`.
std::optional<int> take_digits(std::string_view& rest, std::size_t count);

/// Takes one character off the front of `rest` if it is one of `allowed`.
bool take_one_of(std::string_view& rest, std::string_view allowed);

/// Takes `YYYY-MM-DD HH:MM:SS` (or with `T`) off the front of `rest`; an impossible date or hour
/// gives nothing. Second 60 is accepted, as RFC 3339 asks, and is the first moment of the next
/// minute.
std::optional<CivilTime> take_civil_time(std::string_view& rest);

}  // namespace trunkline::base::detail
