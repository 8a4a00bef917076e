#include <boost/asio/this_coro.hpp>
#include <stdexcept>

#include "pg/listener.hpp"
#include "pg_fixture.hpp"

using namespace trunkline;
using namespace trunkline::pg::test;
using pg::Listener;
using pg::Params;
using pg::Pool;
using testing::PrivatePostgres;

namespace {

struct Heard {
    int gaps = 0;
    std::vector<std::string> payloads;
};

void record(Listener& listener, Heard& heard, const std::string& channel = "news") {
    listener.on_gap([&heard] { ++heard.gaps; });
    listener.on(channel, [&heard](std::string payload) {
        heard.payloads.push_back(std::move(payload));
    });
}

asio::awaitable<void> notify(Pool& pool, std::string payload, std::string channel = "news") {
    const auto params = Params::of(channel, payload);
    co_await must(pool, "SELECT pg_notify($1, $2)", params);
}

asio::awaitable<void> until_gaps(Heard& heard, int count) {
    const bool seen = co_await eventually_true([&heard, count] { return heard.gaps >= count; });
    REQUIRE(seen);
}

asio::awaitable<void> until_payloads(Heard& heard, std::size_t count) {
    const bool seen =
        co_await eventually_true([&heard, count] { return heard.payloads.size() >= count; });
    REQUIRE(seen);
}

asio::awaitable<void> in_order(Pool& pool) {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener(executor, pool.settings());
    Heard heard;
    record(listener, heard);
    listener.start();
    co_await until_gaps(heard, 1);
    CHECK(listener.is_listening());
    CHECK(heard.payloads.empty());
    std::vector<std::string> expected;
    for (int number = 0; number < 200; ++number) {
        const auto payload = std::to_string(number);
        co_await notify(pool, payload);
        expected.push_back(payload);
    }
    // And many at once.
    co_await must(pool, "SELECT pg_notify('news', g::text) FROM generate_series(200, 2999) g");
    for (int number = 200; number < 3000; ++number) {
        expected.push_back(std::to_string(number));
    }
    co_await until_payloads(heard, expected.size());
    CHECK(heard.payloads == expected);
    co_await listener.stop();
    CHECK_FALSE(listener.is_listening());
}

asio::awaitable<void> odd_channels(Pool& pool) {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener(executor, pool.settings());
    Heard heard;
    const std::string channel = "Odd \"name\"; DROP";
    listener.on(channel, [](const std::string&) { throw std::runtime_error("a broken handler"); });
    record(listener, heard, channel);
    listener.start();
    co_await until_gaps(heard, 1);
    co_await notify(pool, "elsewhere", "other");
    co_await notify(pool, "one", channel);
    co_await notify(pool, "two", channel);
    co_await until_payloads(heard, 2);
    CHECK(heard.payloads == std::vector<std::string>{"one", "two"});
    CHECK_THROWS_AS(listener.on("late", [](const std::string&) {}), std::logic_error);
    co_await listener.stop();
    co_await listener.stop();
}

asio::awaitable<void> terminated(Pool& pool) {
    const auto executor = co_await asio::this_coro::executor;
    auto settings = pool.settings();
    settings.application_name = "listener under test";
    Listener listener(executor, settings);
    Heard heard;
    record(listener, heard);
    listener.start();
    co_await until_gaps(heard, 1);
    co_await must(
        pool,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listener "
        "under test' AND datname = current_database()"
    );
    co_await until_gaps(heard, 2);
    co_await notify(pool, "after");
    co_await until_payloads(heard, 1);
    co_await listener.stop();
}

asio::awaitable<void> killed(Pool& pool, PrivatePostgres& server) {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener(executor, pool.settings());
    Heard heard;
    record(listener, heard);
    listener.start();
    co_await until_gaps(heard, 1);
    server.kill();
    const bool noticed =
        co_await eventually_true([&] { return !listener.is_listening() && !pool.is_ready(); });
    REQUIRE(noticed);
    server.start();
    co_await until_gaps(heard, 2);
    const bool ready = co_await eventually_true([&] { return pool.is_ready(); });
    REQUIRE(ready);
    co_await notify(pool, "again");
    co_await until_payloads(heard, 1);
    co_await listener.stop();
}

asio::awaitable<void> silent(Pool& pool, PrivatePostgres& server) {
    const auto executor = co_await asio::this_coro::executor;
    auto settings = pool.settings();
    settings.listen_check = std::chrono::milliseconds(100);
    Listener listener(executor, settings);
    Heard heard;
    record(listener, heard);
    listener.start();
    co_await until_gaps(heard, 1);
    // Signs of life are asked for and given; the connection stays.
    co_await notify(pool, "one");
    co_await until_payloads(heard, 1);
    server.pause();
    const bool noticed = co_await eventually_true([&] { return !listener.is_listening(); });
    REQUIRE(noticed);
    server.resume();
    co_await until_gaps(heard, 2);
    co_await listener.stop();
}

}  // namespace

TEST_CASE("Payloads arrive in the order of their commits, after the first gap", "[pg]") {
    with_scratch(in_order);
}
TEST_CASE("Channel names are quoted and a throwing handler harms nobody", "[pg]") {
    with_scratch(odd_channels);
}
TEST_CASE("A listener whose connection is terminated comes back and tells of the gap", "[pg]") {
    with_scratch(terminated);
}

TEST_CASE("A listener outlives its server's death", "[pg]") {
    PrivatePostgres server;
    with_pool(settings_for(server.url()), [&server](Pool& pool) { return killed(pool, server); });
}

TEST_CASE("A listener finds out that its server has fallen silent", "[pg]") {
    PrivatePostgres server;
    auto settings = settings_for(server.url());
    settings.connect_timeout = std::chrono::seconds(3);
    with_pool(settings, [&server](Pool& pool) { return silent(pool, server); });
}
