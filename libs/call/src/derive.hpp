#pragma once

#include <optional>
#include <vector>

#include "call/live_call.hpp"
#include "call/tracker.hpp"
#include "conversation.hpp"
#include "roles.hpp"

namespace trunkline::call {

/// A call as its facts tell it, without regard to what was told before.
struct Derived {
    Roles roles;
    Call call;
    bool outside_in_bridge = false;
    bool outside_talks = false;               ///< In a bridge with somebody else.
    bool reopened = false;                    ///< A conversation followed a final hangup.
    std::optional<base::WallTime> closed_at;  ///< Event clock; set in phase done.
    std::optional<base::WallTime> deadline;  ///< Arrival clock; when time alone changes the result.
};

/// Pure: the same facts and clock give the same result.
Derived derive(const LiveCall& live, const Timers& timers, base::WallTime now);

/// Whether it is a call of its own, and not only a leg or a leave that waits for its call.
bool is_anchored(const Derived& derived);

}  // namespace trunkline::call
