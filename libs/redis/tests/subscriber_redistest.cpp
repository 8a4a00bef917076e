#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "redis/client.hpp"
#include "redis/subscriber.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"
#include "testing/redis.hpp"
#include "testing/run.hpp"

namespace trunkline::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::eventually;

Settings settings_for(std::string url) {
    Settings settings;
    settings.url = std::move(url);
    settings.command_timeout = seconds(20);
    settings.reconnect = {.initial = milliseconds(20), .maximum = milliseconds(100)};
    return settings;
}

asio::awaitable<void> messages_arrive() {
    const auto executor = co_await asio::this_coro::executor;
    const auto settings = settings_for(testing::shared_redis_url());
    const testing::ScratchKeys keys;
    Client client(executor, settings);
    Subscriber subscriber(executor, settings);
    std::vector<std::string> messages;
    int gaps = 0;
    subscriber.on(keys.key("a"), [&](std::string text) { messages.push_back("a:" + text); });
    subscriber.on_gap([&] { ++gaps; });
    client.start();
    subscriber.start();
    co_await eventually([&] { return gaps == 1 && client.is_connected(); });
    const auto first = co_await client.publish(keys.key("a"), "1");
    subscriber.on(keys.key("b"), [&](std::string text) { messages.push_back("b:" + text); });
    co_await eventually([&] { return gaps == 2; }, "a gap for the later channel");
    const auto second = co_await client.publish(keys.key("b"), std::string("\0\r\n", 3));
    const auto third = co_await client.publish(keys.key("a"), "3");
    co_await eventually([&] { return messages.size() == 3; }, "all messages");
    co_await subscriber.stop();
    const auto unheard = co_await client.publish(keys.key("a"), "4");
    co_await client.stop();
    REQUIRE(*first == 1);
    REQUIRE(*second == 1);
    REQUIRE(*third == 1);
    REQUIRE(messages[0] == "a:1");
    REQUIRE(messages[1] == std::string("b:\0\r\n", 5));
    REQUIRE(messages[2] == "a:3");
    REQUIRE(unheard);
    REQUIRE(messages.size() == 3);
}

asio::awaitable<void> a_throwing_handler_does_not_matter() {
    const auto executor = co_await asio::this_coro::executor;
    const auto settings = settings_for(testing::shared_redis_url());
    const testing::ScratchKeys keys;
    Subscriber subscriber(executor, settings);
    std::vector<std::string> messages;
    subscriber.on(keys.key("a"), [&](std::string text) {
        messages.push_back(text);
        throw std::runtime_error("a handler of a test");
    });
    subscriber.start();
    co_await eventually([&] { return subscriber.is_subscribed(); });
    testing::run_redis(settings.url, {"PUBLISH", keys.key("a"), "1"});
    testing::run_redis(settings.url, {"PUBLISH", keys.key("a"), "2"});
    co_await eventually([&] { return messages.size() == 2; });
    const bool still = subscriber.is_subscribed();
    co_await subscriber.stop();
    REQUIRE(still);
}

asio::awaitable<void> a_killed_server_makes_a_gap() {
    const auto executor = co_await asio::this_coro::executor;
    testing::PrivateRedis server;
    Subscriber subscriber(executor, settings_for(server.url()));
    int gaps = 0;
    std::vector<std::string> messages;
    subscriber.on("a", [&](std::string text) { messages.push_back(text); });
    subscriber.on_gap([&] { ++gaps; });
    subscriber.start();
    for (int round = 1; round <= 3; ++round) {
        co_await eventually([&] { return gaps == round; }, "a gap told");
        testing::run_redis(server.url(), {"PUBLISH", "a", std::to_string(round)});
        co_await eventually([&] { return messages.size() == static_cast<std::size_t>(round); });
        server.kill();
        co_await eventually([&] { return !subscriber.is_subscribed(); }, "the loss of Redis");
        server.start();
    }
    co_await subscriber.stop();
    REQUIRE(messages == std::vector<std::string>{"1", "2", "3"});
}

asio::awaitable<void> a_silent_server_is_noticed() {
    const auto executor = co_await asio::this_coro::executor;
    testing::PrivateRedis server;
    auto settings = settings_for(server.url());
    settings.ping_interval = milliseconds(100);
    settings.command_timeout = milliseconds(400);
    Subscriber subscriber(executor, settings);
    int gaps = 0;
    subscriber.on("a", [](const std::string&) {});
    subscriber.on_gap([&] { ++gaps; });
    subscriber.start();
    co_await eventually([&] { return gaps >= 1 && subscriber.is_subscribed(); });
    server.pause();
    co_await eventually(
        [&] { return subscriber.last_error().find("timeout") != std::string::npos; },
        "the silence noticed"
    );
    const int before = gaps;
    server.resume();
    co_await eventually([&] { return gaps > before; }, "a gap told");
    co_await subscriber.stop();
    REQUIRE(gaps > before);
}

asio::awaitable<void> a_handler_may_end_the_subscriber() {
    const auto executor = co_await asio::this_coro::executor;
    const auto url = testing::shared_redis_url();
    const testing::ScratchKeys keys;
    auto subscriber = std::make_unique<Subscriber>(executor, settings_for(url));
    subscriber->on(keys.key("a"), [&](const std::string&) { subscriber.reset(); });
    subscriber->start();
    co_await eventually([&] { return subscriber->is_subscribed(); });
    testing::run_redis(url, {"PUBLISH", keys.key("a"), "1"});
    co_await eventually([&] { return !subscriber; });
}

}  // namespace

TEST_CASE("messages of all channels arrive in order, those of later channels too", "[redis]") {
    testing::run(messages_arrive());
}

TEST_CASE("a handler that throws harms neither the connection nor the next message", "[redis]") {
    testing::run(a_throwing_handler_does_not_matter());
}

TEST_CASE("a subscriber subscribes again after Redis was killed and tells the gap", "[redis]") {
    testing::run(a_killed_server_makes_a_gap(), seconds(60));
}

TEST_CASE("a subscriber notices by pings that Redis hangs", "[redis]") {
    testing::run(a_silent_server_is_noticed(), seconds(60));
}

TEST_CASE("a handler may end its subscriber", "[redis]") {
    testing::run(a_handler_may_end_the_subscriber());
}

}  // namespace trunkline::redis
