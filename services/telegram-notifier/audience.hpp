#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "call/call.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::telegram {

// Which calls a subscriber sees, and when. Pure.

/// Whether the call is of a kind that the subscriber asked for, as far as it is known by now: a
/// ringing call becomes theirs when their extension rings, any call becomes a missed one when it
/// ends so.
bool is_wanted(const tenants::Preferences& wants, const call::Call& call);

/// While quiet hours last: when they end. `timezone` is the enterprise's; one that is unknown, and
/// preferences without quiet hours, give nothing.
std::optional<base::WallTime> quiet_until(
    const tenants::Preferences& wants, base::WallTime now, std::string_view timezone
);

enum class Showing {
    card,     ///< A live card.
    digest,   ///< A line of the digest at the end of the quiet hours.
    nothing,  ///< This state of the call is none of the subscriber's business.
};

/// A chat that has a card of this call gets all that follows, so that none stays in a wrong state.
Showing showing(
    const tenants::Preferences& wants, const call::Call& call, bool has_card, bool is_quiet
);

/// `22:30` as minutes of the day; nothing for what is no time of day.
std::optional<int> parse_minutes(std::string_view text);
std::string format_minutes(int minutes);

}  // namespace trunkline::telegram
