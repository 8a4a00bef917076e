#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace trunkline::httpc {

struct BreakerSettings {
    unsigned failures = 5;  ///< In a row; 0 switches the breaker off.
    std::chrono::milliseconds open_for{10000};
    bool count_server_errors = false;  ///< Whether an answer 5xx is a failure too.
};

/// A circuit breaker as a state machine without I/O or clock. Closed: everything passes, `failures`
/// in a row open it. Open: nothing passes for `open_for`. Then half-open: one probe passes; its
/// success closes, its failure opens again.
class Breaker {
public:
    enum class State { closed, open, half_open };

    /// Permission for one request; hand it to exactly one of succeed(), fail(), abandon(). Results
    /// of requests that were admitted before the latest change of state are ignored: they say
    /// nothing about now.
    struct Pass {
        std::uint64_t era;
    };

    explicit Breaker(BreakerSettings settings) : settings_(settings) {}

    /// Whether admit() would refuse; changes nothing.
    bool refuses(base::SteadyTime now) const;
    /// Nothing while open, or while a probe is out.
    std::optional<Pass> admit(base::SteadyTime now);

    void succeed(Pass pass);
    void fail(Pass pass, base::SteadyTime now);
    /// The request ended without telling anything about the peer, for example it was canceled.
    void abandon(Pass pass);

    State state() const { return state_; }
    /// Meaningful while open: the moment from which a probe may pass.
    base::SteadyTime open_until() const { return open_until_; }

private:
    void change(State next);

    BreakerSettings settings_;
    State state_ = State::closed;
    std::uint64_t era_ = 0;  ///< Counts the changes of state.
    unsigned failed_in_a_row_ = 0;
    base::SteadyTime open_until_{};
};

}  // namespace trunkline::httpc
