#pragma once

#include <cstddef>
#include <string_view>

namespace trunkline::pbx {

/// `PJSIP/trunk-main-00000012` -> `trunk-main`; "" if the name is none of a device.
std::string_view endpoint_of(std::string_view channel);

bool is_local(std::string_view channel);
/// Channels of the exchange's own: announcers, recorders, spies' ends.
bool is_helper(std::string_view channel);
/// One of the two ends of a Local channel: `Local/1@a-7;1`.
bool is_half(std::string_view channel);

bool is_digits(std::string_view text);
bool is_unknown(std::string_view number);  ///< Empty, `<unknown>`, `anonymous`, ...
/// The number that is dialled: `375291234567@trunk-main`, `trunk-main/375291234567` -> the digits.
std::string_view dialled_of(std::string_view dial_string);

}  // namespace trunkline::pbx
