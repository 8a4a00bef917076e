#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace trunkline::base {

/// Whether `zone` names an entry of the IANA database installed on this machine, e.g.
/// `Europe/Minsk`.
bool is_known_timezone(std::string_view zone);

/// Reads `YYYY-MM-DD HH:MM:SS` (or with `T`) as local time of `zone`. An ambiguous hour (clocks set
/// back) gives the earlier moment, a skipped one the moment of the change. Unknown zone or
/// malformed text: invalid_input.
Result<WallTime> parse_local_time(std::string_view text, std::string_view zone);

/// `YYYY-MM-DD HH:MM:SS` in `zone`, seconds cut off.
Result<std::string> format_local_time(WallTime time, std::string_view zone);

}  // namespace trunkline::base
