#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "call/live_call.hpp"
#include "call/tracker.hpp"
#include "roles.hpp"

namespace trunkline::call {

/// A moment on both clocks: that of the events, which orders, and that of arrivals, which time-outs
/// run on.
struct Moment {
    base::WallTime at;
    base::WallTime received;
    bool has_event_time = false;
    bool recovered = false;
};

Moment moment_of(const Fact& fact);

/// Seconds between two moments on a clock that both have, rounded. None if there is none: when a
/// recovered event came says nothing, nor does the arrival of one that was overtaken.
std::optional<std::int64_t> seconds_between(const Moment& from, const Moment& to);

struct End {
    Moment moment;
    bool assumed = false;  ///< By a time-out that no hangup preceded.
};

/// Who talked, and how it ended.
struct Conversation {
    std::optional<Moment> first;  ///< First conversation of the outside party.
    std::optional<Moment>
        last_leave;  ///< The outside party's last leave after it; none if it came back since.
    std::vector<std::string> talkers;
    std::string talker;
    bool outside_in_bridge = false;  ///< At the end of the facts.
    bool outside_talks = false;      ///< In a bridge with somebody else, likewise.
    bool reopened = false;           ///< A final hangup was followed by more conversation.
    std::optional<End> end;
    std::optional<Moment> last_hangup;  ///< The youngest hangup of this call's parties.
    /// When, by the arrival clock, waiting alone may end the call.
    std::optional<base::WallTime> deadline;
};

/// Plays the facts in order. `now` is the arrival clock.
Conversation conversation_of(
    const std::vector<Fact>& facts,
    const Roles& roles,
    const Timers& timers,
    bool overflown,
    base::WallTime now
);

}  // namespace trunkline::call
