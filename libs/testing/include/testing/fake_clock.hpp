#pragma once

#include "base/clock.hpp"

namespace trunkline::testing {

/// A clock that stands until told to move. Both faces move together.
class FakeClock final : public base::Clock {
public:
    /// Starts at 2025-10-01T12:00:00Z.
    FakeClock();
    base::WallTime now() const override { return now_; }
    base::SteadyTime steady() const override { return steady_; }

    void advance(base::Duration by);
    /// Sets the wall clock only, as an administrator or NTP does.
    void set_wall(base::WallTime time) { now_ = time; }

private:
    base::WallTime now_;
    base::SteadyTime steady_;
};

}  // namespace trunkline::testing
