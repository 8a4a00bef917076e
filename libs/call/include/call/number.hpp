#pragma once

#include <string>
#include <string_view>

namespace trunkline::call {

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

/// Helper legs of attended transfers: `Local/151@from-internal-00000007;2`.
bool is_local_channel(std::string_view channel);

/// The form in which two writings of one number are equal: digits only, without `+`, `00` and `810`
/// in front; the national `80` + 9 digits is Belarus (`375` + 9 digits), `8` + 10 digits Russia
/// (`7` + 10 digits). Never a comparison of last digits: two customers may share those. Internal
/// numbers and lines keep their digits; none gives "".
std::string match_key(std::string_view number);

bool is_same_number(std::string_view a, std::string_view b);

/// As people read it: `+375 (29) 000-00-01`, `+7 (495) 000-00-00`, any other external number
/// `+digits`, an internal number or a line unchanged. "" for none: the card has a text for hidden
/// numbers.
std::string format_phone(std::string_view number);

}  // namespace trunkline::call
