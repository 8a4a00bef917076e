#pragma once

#include <string>
#include <string_view>

#include "numbers/plain.hpp"

namespace trunkline::call {

// The rules of calls compare numbers by match_key. Who feeds a tracker with an enterprise's plan
// (TrackerSettings::canonical_number) gives it canonical numbers, whose match_key is that plan's.
using numbers::clean_number;
using numbers::is_external;
using numbers::is_internal;
using numbers::is_same_number;
using numbers::kind_of;
using numbers::match_key;
using numbers::NumberKind;

/// Helper legs of attended transfers: `Local/151@from-internal-00000007;2`.
bool is_local_channel(std::string_view channel);

/// As people read it: `+375 (29) 000-00-01`, `+7 (495) 000-00-00`, any other external number
/// `+digits`, an internal number or a line unchanged. "" for none: the card has a text for hidden
/// numbers.
std::string format_phone(std::string_view number);

}  // namespace trunkline::call
