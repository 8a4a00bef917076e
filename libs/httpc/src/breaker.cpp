#include "httpc/breaker.hpp"

namespace trunkline::httpc {

void Breaker::change(State next) {
    state_ = next;
    ++era_;
    failed_in_a_row_ = 0;
}

bool Breaker::refuses(base::SteadyTime now) const {
    return state_ == State::half_open || (state_ == State::open && now < open_until_);
}

std::optional<Breaker::Pass> Breaker::admit(base::SteadyTime now) {
    if (refuses(now)) {
        return std::nullopt;
    }
    if (state_ == State::open) {
        change(State::half_open);
    }
    return Pass{era_};
}

void Breaker::succeed(Pass pass) {
    if (pass.era != era_) {
        return;
    }
    if (state_ == State::half_open) {
        change(State::closed);
    }
    failed_in_a_row_ = 0;
}

void Breaker::fail(Pass pass, base::SteadyTime now) {
    if (pass.era != era_ || settings_.failures == 0) {
        return;
    }
    ++failed_in_a_row_;
    if (state_ == State::half_open || failed_in_a_row_ >= settings_.failures) {
        change(State::open);
        open_until_ = now + settings_.open_for;
    }
}

void Breaker::abandon(Pass pass) {
    if (pass.era == era_ && state_ == State::half_open) {
        change(State::open);  // open_until_ has passed already: the next request is the probe.
    }
}

}  // namespace trunkline::httpc
