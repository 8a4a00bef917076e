#include "net/event.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>

#include "net/task_group.hpp"
#include "testing/catch.hpp"
#include "testing/run.hpp"

namespace asio = trunkline::asio;
using trunkline::net::deadline_in;
using trunkline::net::Event;
using trunkline::net::TaskGroup;
using trunkline::testing::run;
using namespace std::chrono_literals;

namespace {

asio::awaitable<void> count_wakes(Event& event, int& woken) {
    const bool in_time = co_await event.wait_until(deadline_in(20s));
    if (in_time) {
        ++woken;
    }
}

asio::awaitable<void> expect_abort(Event& event, bool& aborted) {
    try {
        co_await event.wait();
    } catch (const boost::system::system_error& error) {
        aborted = error.code() == asio::error::operation_aborted;
        throw;
    }
}

asio::awaitable<void> wake_all() {
    auto executor = co_await asio::this_coro::executor;
    Event event(executor);
    TaskGroup tasks(executor, "test");
    int woken = 0;
    tasks.spawn("one", count_wakes(event, woken));
    tasks.spawn("two", count_wakes(event, woken));
    CHECK(woken == 0);
    event.notify();
    co_await tasks.join();
    CHECK(woken == 2);
    const bool remembered = co_await event.wait_until(deadline_in(0s));
    CHECK_FALSE(remembered);
}

asio::awaitable<void> remember_one() {
    Event event(co_await asio::this_coro::executor);
    event.notify();
    event.notify();
    const bool first = co_await event.wait_until(deadline_in(20s));
    CHECK(first);
    const bool second = co_await event.wait_until(deadline_in(0s));
    CHECK_FALSE(second);
}

asio::awaitable<void> cancel_a_waiter() {
    auto executor = co_await asio::this_coro::executor;
    Event event(executor);
    TaskGroup tasks(executor, "test");
    bool aborted = false;
    tasks.spawn("waiter", expect_abort(event, aborted));
    tasks.cancel();
    co_await tasks.join();
    CHECK(aborted);
    event.notify();  // Nobody is left in the event's list.
    const bool remembered = co_await event.wait_until(deadline_in(0s));
    CHECK(remembered);
}

}  // namespace

TEST_CASE("a notify wakes everybody who waits", "[net]") { run(wake_all()); }

TEST_CASE("an event remembers one signal when nobody waits", "[net]") { run(remember_one()); }

TEST_CASE("a canceled waiter leaves the event usable", "[net]") { run(cancel_a_waiter()); }
