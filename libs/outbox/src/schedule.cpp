#include "outbox/schedule.hpp"

#include <algorithm>

#include "net/backoff.hpp"

namespace trunkline::outbox {

std::optional<std::chrono::milliseconds> next_pause(
    const Schedule& schedule,
    unsigned attempt,
    base::WallTime created_at,
    base::WallTime now,
    std::optional<std::chrono::milliseconds> asked
) {
    if (now - created_at >= schedule.give_up_after) {
        return std::nullopt;
    }
    if (asked) {
        return std::clamp(
            *asked, std::chrono::milliseconds(100), std::chrono::milliseconds(3'600'000)
        );
    }
    const net::BackoffPolicy policy{
        .initial = schedule.first, .maximum = schedule.longest, .factor = 2.0, .jitter = 0.2
    };
    return net::backoff_pause(policy, attempt);
}

}  // namespace trunkline::outbox
