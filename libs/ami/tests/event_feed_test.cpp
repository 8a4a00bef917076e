#include "event_feed.hpp"

#include <boost/asio/this_coro.hpp>
#include <string>
#include <vector>

#include "ami/parser.hpp"
#include "net/asio.hpp"
#include "testing/catch.hpp"
#include "testing/run.hpp"

namespace trunkline::ami {
namespace {

const base::WallTime now{};

void publish(EventFeed& feed, int number) {
    Parser parser;
    parser.feed("Event: E" + std::to_string(number) + "\r\n\r\n");
    feed.publish(*parser.next(), now);
}

/// All that waits, in one word each.
asio::awaitable<std::vector<std::string>> read_all(Subscription& subscription) {
    std::vector<std::string> all;
    while (subscription.waiting() > 0) {
        const auto next = co_await subscription.next();
        switch (next->kind) {
            case Delivery::Kind::connected:
                all.emplace_back("connected");
                break;
            case Delivery::Kind::event:
                all.emplace_back(next->event->view().name());
                break;
            case Delivery::Kind::gap:
                all.emplace_back("gap " + std::to_string(next->missed));
                break;
        }
    }
    co_return all;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("A subscriber reads what comes, and where the stream was cut") {
    testing::run([]() -> asio::awaitable<void> {
        EventFeed feed(co_await asio::this_coro::executor);
        const auto early = feed.subscribe(100, {}, now);
        feed.connected(now);
        publish(feed, 1);
        const auto late = feed.subscribe(100, {}, now);
        feed.lost(now);
        feed.lost(now);
        feed.connected(now);
        publish(feed, 2);
        const auto heard = co_await read_all(*early);
        CHECK(heard == Words{"connected", "E1", "gap 0", "connected", "E2"});
        const auto heard_late = co_await read_all(*late);
        CHECK(heard_late == Words{"connected", "gap 0", "connected", "E2"});
    }());
}

TEST_CASE("Who reads too slowly finds a gap with a count and then what is new") {
    testing::run([]() -> asio::awaitable<void> {
        EventFeed feed(co_await asio::this_coro::executor);
        const auto slow = feed.subscribe(10, {}, now);
        const auto fast = feed.subscribe(1000, {}, now);
        feed.connected(now);
        for (int i = 0; i < 25; ++i) {
            publish(feed, i);
        }
        CHECK(slow->waiting() <= 10);
        const auto heard = co_await read_all(*slow);
        REQUIRE(heard.size() == 8);
        CHECK(heard[0] == "gap 18");
        CHECK(heard[1] == "E18");
        CHECK(heard[7] == "E24");
        CHECK(slow->missed() == 18);
        CHECK(feed.missed() == 18);
        const auto all = co_await read_all(*fast);
        CHECK(all.size() == 26);
    }());
}

TEST_CASE("A dead line that flaps fills nobody's queue") {
    testing::run([]() -> asio::awaitable<void> {
        EventFeed feed(co_await asio::this_coro::executor);
        const auto idle = feed.subscribe(10, {}, now);
        for (int i = 0; i < 1000; ++i) {
            feed.connected(now);
            feed.lost(now);
        }
        const auto heard = co_await read_all(*idle);
        CHECK(heard == Words{"connected", "gap 0"});
    }());
}

TEST_CASE("A filter keeps out what nobody wants") {
    testing::run([]() -> asio::awaitable<void> {
        EventFeed feed(co_await asio::this_coro::executor);
        const auto picky =
            feed.subscribe(10, [](const Message& message) { return !message.is("E1"); }, now);
        publish(feed, 1);
        publish(feed, 2);
        const auto heard = co_await read_all(*picky);
        CHECK(heard == Words{"E2"});
    }());
}

TEST_CASE("A closed feed is read to its end") {
    testing::run([]() -> asio::awaitable<void> {
        EventFeed feed(co_await asio::this_coro::executor);
        const auto reader = feed.subscribe(10, {}, now);
        publish(feed, 1);
        feed.close();
        const auto event = co_await reader->next();
        CHECK(event.has_value());
        const auto end = co_await reader->next();
        CHECK_FALSE(end.has_value());
        const auto after = feed.subscribe(10, {}, now);
        const auto nothing = co_await after->next();
        CHECK_FALSE(nothing.has_value());
    }());
}

TEST_CASE("Who has left gets nothing") {
    testing::run([]() -> asio::awaitable<void> {
        EventFeed feed(co_await asio::this_coro::executor);
        auto left = feed.subscribe(5, {}, now);
        const auto stays = feed.subscribe(100, {}, now);
        left.reset();
        for (int i = 0; i < 50; ++i) {
            publish(feed, i);
        }
        CHECK(feed.missed() == 0);
        CHECK(stays->waiting() == 50);
    }());
}

}  // namespace trunkline::ami
