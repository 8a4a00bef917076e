#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace trunkline::base {

/// A moment as the world counts it. Microseconds, as PostgreSQL's timestamptz keeps them.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// The seam to time: rules ask a Clock, tests hand them a testing::FakeClock.
/// Waiting is not its business; waits go by Asio timers.
class Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime now() const = 0;
    virtual SteadyTime steady() const = 0;
};

/// The machine's clock. Lives for ever; any thread.
const Clock& system_clock();

/// `2025-10-01T14:23:45.123456Z`, always UTC, always six decimals.
std::string format_iso8601(WallTime time);

/// ISO 8601 / RFC 3339 date and time with a zone (`Z`, `+03:00`, `+0300`), `T` or a blank between,
/// up to nine decimals. invalid_input without a zone, for a local time is ambiguous, and outside of
/// the years 1 to 9999 in UTC.
Result<WallTime> parse_iso8601(std::string_view text);

}  // namespace trunkline::base
