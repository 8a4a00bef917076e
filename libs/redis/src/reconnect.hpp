#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/backoff.hpp"

namespace trunkline::redis {

/// How a connection that fails is tried again, and what is worth a line in the log: a Redis that is
/// away for an hour gives one line when it goes, one when it is back.
class Reconnect {
public:
    explicit Reconnect(net::BackoffPolicy policy) : policy_(policy), backoff_(policy) {}

    struct Step {
        std::chrono::milliseconds pause;  ///< Before the next try.
        bool news =
            false;  ///< The first failure after a success or start, or another reason than before.
    };
    /// A connection was lost or could not be made. Pauses begin anew only after a connection that
    /// served longer than the longest pause: a peer that lets us in and then breaks off must not be
    /// tried without end.
    Step failed(const base::Error& reason, base::SteadyTime now);

    /// The connection serves. True: that is news, the first time or after a failure.
    bool succeeded(base::SteadyTime now);

    /// Empty after a success.
    const std::string& last_error() const { return last_error_; }

private:
    net::BackoffPolicy policy_;
    net::Backoff backoff_;
    std::optional<base::SteadyTime> up_since_;
    std::string last_error_;
};

}  // namespace trunkline::redis
