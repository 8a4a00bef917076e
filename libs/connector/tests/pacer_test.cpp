#include "connector/pacer.hpp"

#include <string>
#include <vector>

#include "net/task_group.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace trunkline::connector;
using namespace std::chrono_literals;

namespace {

asio::awaitable<void> take_turn(
    Pacer& pacer, Limits limits, Priority priority, std::string name, std::vector<std::string>& done
) {
    const auto pass = co_await pacer.admit("a", limits, priority, 1, net::deadline_in(20s));
    if (pass) {
        done.push_back(name);
    }
}

}  // namespace

TEST_CASE("pop-ups go before look-ups, and those before records", "[connector]") {
    std::vector<std::string> done;
    const auto body = [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Pacer pacer(executor);
        const Limits limits{.per_second = 1000, .burst = 1, .parallel = 1};
        net::TaskGroup tasks(executor, "askers");
        {
            const auto first =
                co_await pacer.admit("a", limits, Priority::record, 1, net::deadline_in(5s));
            CHECK(first.has_value());
            tasks.spawn("r", take_turn(pacer, limits, Priority::record, "record", done));
            tasks.spawn("l", take_turn(pacer, limits, Priority::lookup, "lookup", done));
            tasks.spawn("p", take_turn(pacer, limits, Priority::popup, "popup", done));
            const auto other =
                co_await pacer.admit("b", limits, Priority::record, 1, net::deadline_in(5s));
            CHECK(other.has_value());
            CHECK(done.empty());
        }
        co_await tasks.join();
    };
    testing::run(body());
    CHECK(done == std::vector<std::string>{"popup", "lookup", "record"});
}

TEST_CASE(
    "who cannot have a turn in time is told so, and the next one is not held up", "[connector]"
) {
    const auto body = [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Pacer pacer(executor);
        const Limits limits{.per_second = 0.001, .burst = 1, .parallel = 4};
        const auto first =
            co_await pacer.admit("a", limits, Priority::record, 1, net::deadline_in(1s));
        CHECK(first.has_value());
        const auto second =
            co_await pacer.admit("a", limits, Priority::record, 1, net::deadline_in(50ms));
        REQUIRE_FALSE(second.has_value());
        CHECK(second.error().code == base::Errc::timeout);
        const Limits quick{.per_second = 1000, .burst = 1, .parallel = 4};
        const auto third =
            co_await pacer.admit("a", quick, Priority::record, 1, net::deadline_in(5s));
        CHECK(third.has_value());
    };
    testing::run(body());
}

TEST_CASE("a pause is waited for, or refused at once if it is too long", "[connector]") {
    const auto body = [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Pacer pacer(executor);
        const Limits limits{.per_second = 1000, .burst = 10, .parallel = 4};
        {
            const auto known =
                co_await pacer.admit("a", limits, Priority::record, 1, net::deadline_in(1s));
            CHECK(known.has_value());
        }
        pacer.pause("a", 50ms);
        CHECK(pacer.paused_for("a") > 0ms);
        CHECK(pacer.paused_for("b") == 0ms);
        const auto waited =
            co_await pacer.admit("a", limits, Priority::popup, 1, net::deadline_in(5s));
        CHECK(waited.has_value());
        CHECK(pacer.paused_for("a") == 0ms);
        pacer.pause("a", 1h);
        const auto refused =
            co_await pacer.admit("a", limits, Priority::popup, 1, net::deadline_in(100ms));
        CHECK_FALSE(refused.has_value());
    };
    testing::run(body());
}
