#include "pool_rules.hpp"

#include <algorithm>

namespace trunkline::pg {

ReconnectRules::ReconnectRules(std::chrono::milliseconds maximum)
    : backoff_(net::BackoffPolicy{
          .initial = std::min(std::chrono::milliseconds(100), maximum),
          .maximum = maximum,
          .factor = 2.0,
          .jitter = 0.5,
      }) {}

void ReconnectRules::succeeded() {
    backoff_.reset();
    next_try_ = {};
}

PoolRules::Answer PoolRules::ask() const {
    if (closed_) {
        return Answer::refuse_closed;
    }
    // Those who wait come first; a free connection is handed to them, so idle ones exist only when
    // nobody waits.
    if (idle_ > 0) {
        return Answer::take_idle;
    }
    if (is_down()) {
        return Answer::refuse_down;
    }
    return waiting_ < max_waiters_ ? Answer::wait : Answer::refuse_full;
}

void PoolRules::took_idle() {
    --idle_;
    ++busy_;
}

PoolRules::Place PoolRules::came_back(bool reusable) {
    --busy_;
    return reusable ? place_free() : Place::closed;
}

PoolRules::Place PoolRules::connected() {
    failed_ = false;
    return place_free();
}

void PoolRules::connect_failed() { failed_ = true; }

PoolRules::Place PoolRules::place_free() {
    if (closed_) {
        return Place::closed;
    }
    if (waiting_ > 0) {
        --waiting_;
        ++busy_;
        return Place::waiter;
    }
    ++idle_;
    return Place::idle;
}

bool PoolRules::wants_connection() const {
    return !closed_ && open() < size_ && (waiting_ > 0 || open() == 0);
}

bool PoolRules::waiting_is_vain() const { return waiting_ > 0 && (closed_ || is_down()); }

}  // namespace trunkline::pg
