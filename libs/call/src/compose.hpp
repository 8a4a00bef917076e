#pragma once

#include "call/call.hpp"
#include "call/live_call.hpp"
#include "call/tracker.hpp"
#include "derive.hpp"

namespace trunkline::call {

/// Puts what was derived into `live.call`, keeping what was told already from going back, and says
/// what changed. `recovered`: the event behind it came by recovery.
Change compose(
    LiveCall& live, const Derived& derived, const Timers& timers, base::WallTime now, bool recovered
);

}  // namespace trunkline::call
