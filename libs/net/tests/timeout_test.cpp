#include "net/timeout.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <stdexcept>
#include <string>

#include "net/resolve.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "testing/catch.hpp"
#include "testing/run.hpp"

namespace asio = trunkline::asio;
using trunkline::base::Errc;
using trunkline::net::deadline_in;
using trunkline::net::resolve;
using trunkline::net::sleep_for;
using trunkline::net::TaskGroup;
using trunkline::net::time_left;
using trunkline::net::with_deadline;
using trunkline::testing::run;
using namespace std::chrono_literals;

namespace {

asio::awaitable<std::string> answer() {
    co_await sleep_for(0s);
    co_return "forty-two";
}

asio::awaitable<std::string> fail_loudly() {
    co_await sleep_for(0s);
    throw std::runtime_error("no answer");
}

asio::awaitable<std::string> never(bool& ended) {
    struct Mark {
        bool& ended;
        ~Mark() { ended = true; }
    } const mark{ended};
    co_await sleep_for(1h);
    co_return "too late";
}

asio::awaitable<void> never_void(bool& ended) { co_await never(ended); }

asio::awaitable<void> in_time() {
    const auto value = co_await with_deadline(answer(), deadline_in(20s));
    CHECK(value == "forty-two");
    const bool done = co_await with_deadline(sleep_for(0s), deadline_in(20s));
    CHECK(done);
}

asio::awaitable<void> too_late() {
    bool ended = false;
    const auto value = co_await with_deadline(never(ended), deadline_in(0s));
    CHECK_FALSE(value.has_value());
    CHECK(ended);
    ended = false;
    const bool done = co_await with_deadline(never_void(ended), deadline_in(0s));
    CHECK_FALSE(done);
    CHECK(ended);
}

asio::awaitable<void> exception_passes() {
    std::string what;
    try {
        co_await with_deadline(fail_loudly(), deadline_in(20s));
    } catch (const std::runtime_error& error) {
        what = error.what();
    }
    CHECK(what == "no answer");
}

asio::awaitable<void> canceled_inside(bool& ended, bool& aborted, bool& timed_out) {
    try {
        const auto value = co_await with_deadline(never(ended), deadline_in(1h));
        timed_out = !value.has_value();
    } catch (const boost::system::system_error& error) {
        aborted = error.code() == asio::error::operation_aborted;
    }
}

asio::awaitable<void> cancel_passes() {
    TaskGroup group(co_await asio::this_coro::executor, "test");
    bool ended = false;
    bool aborted = false;
    bool timed_out = false;
    group.spawn("waits", canceled_inside(ended, aborted, timed_out));
    group.cancel();
    co_await group.join();
    CHECK(ended);
    CHECK(aborted);
    CHECK_FALSE(timed_out);
}

asio::awaitable<void> resolve_numeric() {
    const auto v4 = co_await resolve("192.0.2.7", deadline_in(0s));
    REQUIRE(v4.has_value());
    REQUIRE(v4->size() == 1);
    CHECK(v4->front().to_string() == "192.0.2.7");
    const auto v6 = co_await resolve("2001:db8::7", deadline_in(0s));
    REQUIRE(v6.has_value());
    CHECK(v6->front().to_string() == "2001:db8::7");
}

asio::awaitable<void> resolve_names() {
    const auto local = co_await resolve("localhost", deadline_in(20s));
    REQUIRE(local.has_value());
    for (const auto& address : *local) {
        CHECK(address.is_loopback());
    }
    // An empty label is refused by the resolver itself, without a name server.
    const auto unknown = co_await resolve("no..such..host", deadline_in(20s));
    REQUIRE_FALSE(unknown.has_value());
    CHECK(unknown.error().code == Errc::unavailable);
    const auto empty = co_await resolve("", deadline_in(20s));
    REQUIRE_FALSE(empty.has_value());
    CHECK(empty.error().code == Errc::invalid_input);
}

asio::awaitable<void> resolve_into(bool& aborted) {
    try {
        co_await resolve("localhost", deadline_in(20s));
    } catch (const boost::system::system_error& error) {
        aborted = error.code() == asio::error::operation_aborted;
    }
}

asio::awaitable<void> cancel_resolve() {
    TaskGroup group(co_await asio::this_coro::executor, "test");
    bool aborted = false;
    for (int i = 0; i < 20; ++i) {
        group.spawn("resolves", resolve_into(aborted));
    }
    group.cancel();
    co_await group.join();
    // Which came first, the answers or the cancel, is chance; that all of it ends is not.
}

}  // namespace

TEST_CASE("an operation within its deadline gives its value", "[net]") { run(in_time()); }

TEST_CASE("an operation over its deadline is canceled and waited for", "[net]") { run(too_late()); }

TEST_CASE("an operation's exception passes the deadline wrapper", "[net]") {
    run(exception_passes());
}

TEST_CASE("a cancel from outside passes the deadline wrapper and is no timeout", "[net]") {
    run(cancel_passes());
}

TEST_CASE("what is left of a past deadline is negative", "[net]") {
    CHECK(time_left(deadline_in(-1s)) < 0s);
    CHECK(time_left(deadline_in(1h)) > 0s);
}

TEST_CASE("a numeric host needs no resolver", "[net]") { run(resolve_numeric()); }

TEST_CASE("a name resolves, or is unavailable", "[net]") { run(resolve_names()); }

TEST_CASE("a canceled resolve ends at once and its thread harms nobody", "[net]") {
    run(cancel_resolve());
}
