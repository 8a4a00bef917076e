#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trunkline::numbers {

/// What a country's numbering plan makes of a number.
struct Reading {
    std::string e164;     ///< `+` and digits. Reading it again gives the same.
    std::string country;  ///< Of the number, ISO 3166; "" where the code serves several or none.
    bool valid = false;   ///< The plan has such a number; else only its length is right.
};

/// ISO 3166 code that the library has a plan for. `ZZ` and "" are none.
bool is_known_region(std::string_view region);

/// What is dialled in `region` before a number with its area code: `8` in Belarus and Russia, `0`
/// in Germany, "" in Poland.
std::string trunk_prefix(const std::string& region);

/// Reads `digits`, perhaps with `+` in front, as dialled in `region` ("" for no country). Nothing
/// if it can be no full number there. The library's data is set up at the first call (5 ms, 4 MB).
/// Any thread.
std::optional<Reading> read_by_plan(const std::string& digits, const std::string& region);

}  // namespace trunkline::numbers
