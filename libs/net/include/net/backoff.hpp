#pragma once

#include <chrono>

#include "base/clock.hpp"

namespace trunkline::net {

/// Growing pauses between tries. With jitter each pause is drawn evenly from [(1 - jitter) * p, p],
/// so that many clients of one dead peer do not come back in step.
struct BackoffPolicy {
    std::chrono::milliseconds initial{1000};
    std::chrono::milliseconds maximum{30000};
    double factor = 2.0;
    double jitter = 0.5;
};

class Backoff {
public:
    explicit Backoff(BackoffPolicy policy) : policy_(policy), current_(policy.initial) {}

    /// The pause before the next try.
    std::chrono::milliseconds next();
    /// After a success.
    void reset() { current_ = policy_.initial; }

private:
    BackoffPolicy policy_;
    std::chrono::milliseconds current_;
};

/// The same without state: the pause after `attempt` failed tries (1 is the first).
std::chrono::milliseconds backoff_pause(const BackoffPolicy& policy, unsigned attempt);

}  // namespace trunkline::net
