#include "budget.hpp"

#include <algorithm>
#include <chrono>

namespace trunkline::connector {
namespace {

using Seconds = std::chrono::duration<double>;

}  // namespace

void Budget::set_limits(Limits limits, base::SteadyTime now) {
    refill(now);
    limits_ = limits;
    units_ = std::min(units_, limits_.burst);
}

void Budget::refill(base::SteadyTime now) {
    const auto passed = std::chrono::duration_cast<Seconds>(now - counted_).count();
    units_ = std::min(limits_.burst, units_ + (std::max(0.0, passed) * limits_.per_second));
    counted_ = std::max(counted_, now);
}

base::SteadyTime Budget::ready_at(unsigned cost, base::SteadyTime now) {
    refill(now);
    const auto missing = std::min<double>(cost, limits_.burst) - units_;
    auto ready = now;
    if (missing > 0) {
        // A millisecond more, so that rounding does not wake the asker too early again and again.
        ready += std::chrono::duration_cast<base::Duration>(Seconds(missing / limits_.per_second)) +
                 std::chrono::milliseconds(1);
    }
    return std::max(ready, paused_until_);
}

void Budget::spend(unsigned cost, base::SteadyTime now) {
    refill(now);
    units_ -= std::min<double>(cost, limits_.burst);
}

void Budget::pause_until(base::SteadyTime time) { paused_until_ = std::max(paused_until_, time); }

}  // namespace trunkline::connector
