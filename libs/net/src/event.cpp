#include "net/event.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstdint>
#include <unordered_set>

namespace trunkline::net {

// Every waiter has a timer of its own, since their deadlines differ; a notify cancels them all. The
// generation tells a waiter whose timer was cancelled by a notify from one whose coroutine was
// cancelled.
struct Event::State {
    asio::any_io_executor executor;
    std::unordered_set<asio::steady_timer*> waiters;
    std::uint64_t generation = 0;
    bool remembered = false;
};

Event::Event(asio::any_io_executor executor) : state_(std::make_unique<State>()) {
    state_->executor = std::move(executor);
}

Event::~Event() = default;

void Event::notify() {
    ++state_->generation;
    state_->remembered = state_->waiters.empty();
    for (auto* timer : state_->waiters) {
        timer->cancel();
    }
}

asio::awaitable<bool> Event::wait_until(Deadline deadline) {
    if (state_->remembered) {
        state_->remembered = false;
        co_return true;
    }
    asio::steady_timer timer(state_->executor, deadline);
    const auto generation = state_->generation;
    state_->waiters.insert(&timer);
    struct Leave {
        State& state;
        asio::steady_timer& timer;
        ~Leave() { state.waiters.erase(&timer); }
    } leave{*state_, timer};
    auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (state_->generation != generation) {
        co_return true;
    }
    if (error) {
        throw boost::system::system_error(error);
    }
    co_return false;
}

asio::awaitable<void> Event::wait() { co_await wait_until(Deadline::max()); }

}  // namespace trunkline::net
