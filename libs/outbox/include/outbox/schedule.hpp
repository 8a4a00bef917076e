#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"

namespace trunkline::outbox {

/// When to try again: pauses grow from `first` to `longest`; after `give_up_after` from the
/// message's making it is dead.
struct Schedule {
    std::chrono::milliseconds first{10'000};
    std::chrono::milliseconds longest{30 * 60'000};
    std::chrono::hours give_up_after{24};
};

/// The pause before the next try, or nothing when the message must die. `asked` is the peer's own
/// wish (Retry-After): obeyed, but for at least a tenth of a second and at most an hour.
std::optional<std::chrono::milliseconds> next_pause(
    const Schedule& schedule,
    unsigned attempt,
    base::WallTime created_at,
    base::WallTime now,
    std::optional<std::chrono::milliseconds> asked
);

}  // namespace trunkline::outbox
