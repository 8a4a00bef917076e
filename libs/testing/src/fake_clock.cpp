#include "testing/fake_clock.hpp"

namespace trunkline::testing {

FakeClock::FakeClock()
    : now_(std::chrono::sys_days{std::chrono::October / 1 / 2025} + std::chrono::hours(12)),
      steady_(std::chrono::hours(1)) {}

void FakeClock::advance(base::Duration by) {
    now_ += std::chrono::duration_cast<std::chrono::microseconds>(by);
    steady_ += by;
}

}  // namespace trunkline::testing
