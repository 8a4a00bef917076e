#pragma once

#include "base/clock.hpp"
#include "connector/pacer.hpp"

namespace trunkline::connector {

/// The units of one account as a state machine without a clock: they come back at a steady rate, up
/// to the burst.
class Budget {
public:
    Budget(Limits limits, base::SteadyTime now)
        : limits_(limits), units_(limits.burst), counted_(now) {}

    const Limits& limits() const { return limits_; }
    /// Units that are there stay there, up to the new burst.
    void set_limits(Limits limits, base::SteadyTime now);

    /// The earliest moment at which `cost` units may be spent; now or before: at once. A cost over
    /// the burst counts as the burst, or it would never be there.
    base::SteadyTime ready_at(unsigned cost, base::SteadyTime now);
    void spend(unsigned cost, base::SteadyTime now);
    void pause_until(base::SteadyTime time);
    base::SteadyTime paused_until() const { return paused_until_; }

private:
    void refill(base::SteadyTime now);

    Limits limits_;
    double units_;
    base::SteadyTime counted_;
    base::SteadyTime paused_until_{};
};

}  // namespace trunkline::connector
