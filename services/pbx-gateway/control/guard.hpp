#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::pbx_control {

/// What an enterprise may call outside: who gets hold of a key must not ring the other end of the
/// world at its cost. One row of call_guards.
struct GuardSettings {
    enum class NightCalls : std::uint8_t { none, domestic, all };

    std::vector<std::string> countries;  ///< ISO 3166; empty: the enterprise's region alone.
    std::int64_t calls_per_hour = 120;
    int night_from = 22 * 60;  ///< Minutes of the enterprise's day; equal ones: no night.
    int night_to = 7 * 60;
    NightCalls night_calls = NightCalls::domestic;
    bool service_codes = false;  ///< Short numbers, and those with `*` and `#`.
};

/// `22:30` in minutes; -1 if it is no time.
int minutes_of(std::string_view time);

/// Where a call may go.
struct Destination {
    std::string number;  ///< An extension or code as it is dialled; an outside number in E.164.
    bool is_outside = false;
    std::string country;  ///< Of an outside number.
};

/// invalid_input: it is no number; forbidden: it may not be called, with why in `native`:
/// `country`, `night` or `code`.
base::Result<Destination> judge(
    const GuardSettings& settings,
    const tenants::Enterprise& enterprise,
    std::string_view to,
    base::WallTime now
);

/// Whether a number is one of the enterprise's lines, so that it may show it to whom it calls.
/// forbidden (`caller_id`) if it is not; an enterprise whose lines have no numbers may show any.
base::Result<> judge_caller_id(const tenants::Enterprise& enterprise, const std::string& number);

/// 1 to 6 digits.
bool is_extension(std::string_view text);

}  // namespace trunkline::pbx_control
