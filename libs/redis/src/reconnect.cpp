#include "reconnect.hpp"

#include <utility>

namespace trunkline::redis {

Reconnect::Step Reconnect::failed(const base::Error& reason, base::SteadyTime now) {
    if (up_since_ && now - *up_since_ > policy_.maximum) {
        backoff_.reset();
    }
    auto error = base::describe(reason);
    const bool news = up_since_ || error != last_error_;
    up_since_.reset();
    last_error_ = std::move(error);
    return {.pause = backoff_.next(), .news = news};
}

bool Reconnect::succeeded(base::SteadyTime now) {
    last_error_.clear();
    if (up_since_) {
        return false;
    }
    up_since_ = now;
    return true;
}

}  // namespace trunkline::redis
