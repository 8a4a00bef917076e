#include "net/sleep.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace trunkline::net {

asio::awaitable<void> sleep_until(Deadline deadline) {
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, deadline);
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> sleep_for(Duration duration) { co_await sleep_until(deadline_in(duration)); }

}  // namespace trunkline::net
