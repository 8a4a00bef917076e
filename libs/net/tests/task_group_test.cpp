#include "net/task_group.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "base/log.hpp"
#include "net/event.hpp"
#include "net/sleep.hpp"
#include "testing/catch.hpp"
#include "testing/run.hpp"
#include "testing/temp_folder.hpp"

namespace asio = trunkline::asio;
namespace base = trunkline::base;
using trunkline::net::deadline_in;
using trunkline::net::Event;
using trunkline::net::sleep_for;
using trunkline::net::TaskGroup;
using trunkline::testing::run;
using namespace std::chrono_literals;

namespace {

asio::awaitable<void> wait_for_ever(bool& aborted) {
    try {
        co_await sleep_for(1h);
    } catch (const boost::system::system_error& error) {
        aborted = error.code() == asio::error::operation_aborted;
        throw;
    }
}

asio::awaitable<void> count_up(int& count) {
    ++count;
    co_return;
}

asio::awaitable<void> notify(Event& event) {
    event.notify();
    co_return;
}

/// Obeys a cancel, but cleans up with an await of its own first.
asio::awaitable<void> clean_up(TaskGroup& group, bool& cleaned) {
    try {
        co_await sleep_for(1h);
    } catch (const boost::system::system_error&) {
        cleaned = false;
    }
    co_await asio::this_coro::reset_cancellation_state();
    auto executor = co_await asio::this_coro::executor;
    group.cancel();  // A second one, while the cleanup waits.
    for (int i = 0; i < 5; ++i) {
        co_await asio::post(executor, asio::use_awaitable);
    }
    co_await sleep_for(1ms);
    cleaned = true;
}

asio::awaitable<void> stop_the_others(TaskGroup& group) {
    group.cancel();
    co_return;
}

asio::awaitable<void> yield_for_ever(int& rounds) {
    auto executor = co_await asio::this_coro::executor;
    for (;;) {
        ++rounds;
        co_await asio::post(executor, asio::use_awaitable);
    }
}

asio::awaitable<void> throw_runtime_error() {
    throw std::runtime_error("the cat sat on it");
    co_return;
}

asio::awaitable<void> throw_number() {
    throw 7;  // NOLINT(hicpp-exception-baseclass): the point of the test.
    co_return;
}

asio::awaitable<void> join_many() {
    TaskGroup group(co_await asio::this_coro::executor, "test");
    int count = 0;
    for (int i = 0; i < 10; ++i) {
        group.spawn("counter", count_up(count));
    }
    CHECK(group.size() == 10);
    co_await group.join();
    CHECK(count == 10);
    CHECK(group.size() == 0);
    co_await group.join();
}

asio::awaitable<void> cancel_waiting_tasks() {
    TaskGroup group(co_await asio::this_coro::executor, "test");
    bool first = false;
    bool second = false;
    group.spawn("first", wait_for_ever(first));
    group.spawn("second", wait_for_ever(second));
    group.cancel();
    co_await group.join();
    CHECK(first);
    CHECK(second);
}

asio::awaitable<void> cancel_tasks_that_end_meanwhile() {
    TaskGroup group(co_await asio::this_coro::executor, "test");
    int count = 0;
    int rounds = 0;
    bool aborted = false;
    group.spawn("never awaits", count_up(count));
    group.spawn("waits", wait_for_ever(aborted));
    group.spawn("yields", yield_for_ever(rounds));
    group.spawn("cancels", stop_the_others(group));
    group.spawn("never awaits", count_up(count));
    group.cancel();
    co_await group.join();
    CHECK(count == 2);
    CHECK(aborted);
    CHECK(rounds > 0);
}

asio::awaitable<void> spawn_after_cancel() {
    TaskGroup group(co_await asio::this_coro::executor, "test");
    group.cancel();
    int count = 0;
    bool aborted = false;
    group.spawn("never awaits", count_up(count));
    group.spawn("waits", wait_for_ever(aborted));
    co_await group.join();
    CHECK(count == 1);
    CHECK(aborted);
}

asio::awaitable<void> cleanup_is_left_alone() {
    TaskGroup group(co_await asio::this_coro::executor, "test");
    bool cleaned = false;
    group.spawn("cleans up", clean_up(group, cleaned));
    group.cancel();
    co_await group.join();
    CHECK(cleaned);
}

asio::awaitable<void> drain_by_itself() {
    auto executor = co_await asio::this_coro::executor;
    TaskGroup group(executor, "test");
    Event event(executor);
    group.spawn("notifies", notify(event));
    const bool by_themselves = co_await group.drain(deadline_in(20s));
    CHECK(by_themselves);
    const bool empty = co_await group.drain(deadline_in(0s));
    CHECK(empty);
}

asio::awaitable<void> drain_by_force() {
    TaskGroup group(co_await asio::this_coro::executor, "test");
    bool aborted = false;
    group.spawn("waits", wait_for_ever(aborted));
    const bool by_themselves = co_await group.drain(deadline_in(0s));
    CHECK_FALSE(by_themselves);
    CHECK(aborted);
    CHECK(group.size() == 0);
}

asio::awaitable<void> fail_in_two_ways() {
    TaskGroup group(co_await asio::this_coro::executor, "owner");
    bool aborted = false;
    int count = 0;
    group.spawn("thrower", throw_runtime_error());
    group.spawn("odd thrower", throw_number());
    group.spawn("stopped", wait_for_ever(aborted));
    group.spawn("counter", count_up(count));
    group.cancel();
    co_await group.join();
    CHECK(count == 1);
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("join waits for every task", "[net]") { run(join_many()); }

TEST_CASE("cancel aborts what the tasks wait for", "[net]") { run(cancel_waiting_tasks()); }

TEST_CASE("cancel is safe while tasks end", "[net]") { run(cancel_tasks_that_end_meanwhile()); }

TEST_CASE("tasks spawned after a cancel are asked to stop too", "[net]") {
    run(spawn_after_cancel());
}

TEST_CASE("a task that cleans up is asked only once", "[net]") { run(cleanup_is_left_alone()); }

TEST_CASE("drain tells whether the tasks ended by themselves", "[net]") { run(drain_by_itself()); }

TEST_CASE("drain cancels what has not ended by its deadline", "[net]") { run(drain_by_force()); }

TEST_CASE("a group canceled before its context runs lets the context end", "[net]") {
    asio::io_context io(1);
    bool aborted = false;
    int count = 0;
    {
        TaskGroup group(io.get_executor(), "test");
        group.spawn("waits", wait_for_ever(aborted));
        group.spawn("never awaits", count_up(count));
        group.cancel();
        io.run();
        CHECK(group.size() == 0);
    }
    CHECK(aborted);
    CHECK(count == 1);
}

TEST_CASE("an exception that leaves a task is logged with the task's name", "[net]") {
    const trunkline::testing::TempFolder folder;
    base::LogSettings settings;
    settings.folder = folder.path();
    const auto opened = base::open_log(settings);
    REQUIRE(opened.has_value());
    run(fail_in_two_ways());
    base::close_log();
    const auto log = read_file(folder.path() / "app.log");
    CHECK_THAT(log, ContainsSubstring("[ERROR] owner: task thrower ended: the cat sat on it"));
    CHECK_THAT(log, ContainsSubstring("task odd thrower ended"));
    CHECK(log.find("stopped") == std::string::npos);
}
