#pragma once

#include <string>
#include <string_view>

// What can be said of a number without knowing whose exchange wrote it: no country, no rules, no
// third-party library (target trunkline::numbers_plain). libs/call stands on this half alone.

namespace trunkline::numbers {

/// What a number in an event may be (contracts/pbx-webhook.md section 2).
enum class NumberKind {
    none,      ///< Nothing usable: empty, `<unknown>`, `Anonymous`, a dialplan word such as `s`.
    internal,  ///< 3 or 4 digits.
    line,      ///< 7 digits beginning with 000: the exchange's id of one of its lines.
    external,  ///< Any other number of 5 to 20 digits, with or without `+` and punctuation.
};

NumberKind kind_of(std::string_view number);

bool is_internal(std::string_view number);
bool is_external(std::string_view number);

/// Blanks cut; everything that says "no number" (`<unknown>`, `Anonymous`, `restricted`, ...)
/// becomes "".
std::string clean_number(std::string_view raw);

/// The form in which two writings of one number are equal: digits only. For a canonical number
/// (plan.hpp) these are its own digits. Of any other, where no enterprise is at hand: without `+`,
/// `00` and `810` in front; the national `80` + 9 digits is Belarus (`375` + 9 digits), `8` + 10
/// digits Russia (`7` + 10 digits). Never a comparison of last digits: two customers may share
/// those. Internal numbers and lines keep their digits; none gives "".
std::string match_key(std::string_view number);

bool is_same_number(std::string_view a, std::string_view b);

}  // namespace trunkline::numbers
