#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/task_group.hpp"
#include "redis/client.hpp"
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
    // Far above what a busy test machine takes; tests that wait for a time-out say a shorter one.
    settings.command_timeout = seconds(20);
    settings.reconnect = {.initial = milliseconds(20), .maximum = milliseconds(100)};
    return settings;
}

asio::awaitable<void> connected(const Client& client) {
    co_await eventually([&client] { return client.is_connected(); }, "a connection to Redis");
}

asio::awaitable<void> disconnected(const Client& client) {
    co_await eventually([&client] { return !client.is_connected(); }, "the loss of Redis");
}

// Runs one command as a task and keeps what came of it.
asio::awaitable<void> keep_outcome(
    Client& client, Words words, std::optional<base::Result<Reply>>& outcome
) {
    auto reply = co_await client.command(std::move(words));
    outcome = std::move(reply);
}

// Until a blocking command has reached the server.
asio::awaitable<void> blocked_client(const testing::PrivateRedis& server) {
    const auto is_blocked = [&server] {
        const auto info = testing::run_redis(server.url(), {"INFO", "clients"});
        return info.find("blocked_clients:1") != std::string::npos;
    };
    co_await eventually(is_blocked, "a blocked client");
}

asio::awaitable<void> values_come_back() {
    Client client(co_await asio::this_coro::executor, settings_for(testing::shared_redis_url()));
    const testing::ScratchKeys keys;
    client.start();
    co_await connected(client);

    const std::string binary("a\0b\r\n\xff", 6);
    const auto missing = co_await client.get(keys.key("k"));
    const auto set = co_await client.set(keys.key("k"), binary, milliseconds(60000));
    const auto value = co_await client.get(keys.key("k"));
    const auto ttl = co_await client.command({"PTTL", keys.key("k")});
    const auto lasting = co_await client.set(keys.key("l"), "", milliseconds(0));
    const auto no_ttl = co_await client.command({"PTTL", keys.key("l")});
    const auto deleted = co_await client.del({keys.key("k"), keys.key("l"), keys.key("m")});
    const auto nothing = co_await client.del({});
    const auto nobody = co_await client.publish(keys.key("channel"), "unheard");
    co_await client.stop();

    REQUIRE(missing);
    REQUIRE_FALSE(missing->has_value());
    REQUIRE(set);
    REQUIRE(value);
    REQUIRE(*value == binary);
    REQUIRE(ttl);
    REQUIRE(ttl->integer > 0);
    REQUIRE(ttl->integer <= 60000);
    REQUIRE(lasting);
    REQUIRE(no_ttl->integer == -1);
    REQUIRE(deleted);
    REQUIRE(*deleted == 2);
    REQUIRE(*nothing == 0);
    REQUIRE(*nobody == 0);
}

asio::awaitable<void> many_callers_share_a_connection() {
    const auto executor = co_await asio::this_coro::executor;
    Client client(executor, settings_for(testing::shared_redis_url()));
    const testing::ScratchKeys keys;
    client.start();
    co_await connected(client);
    constexpr std::size_t callers = 1000;
    std::vector<std::optional<base::Result<Reply>>> outcomes(callers);
    net::TaskGroup tasks(executor, "test");
    for (auto& outcome : outcomes) {
        tasks.spawn("incr", keep_outcome(client, {"INCR", keys.key("n")}, outcome));
    }
    co_await tasks.join();
    co_await client.stop();
    for (std::size_t index = 0; index < callers; ++index) {
        REQUIRE(outcomes[index]);
        REQUIRE(outcomes[index]->has_value());
    }
    std::set<std::int64_t> seen;
    for (const auto& outcome : outcomes) {
        seen.insert((*outcome)->integer);
    }
    REQUIRE(seen.size() == callers);
    REQUIRE(*seen.rbegin() == static_cast<std::int64_t>(callers));
}

asio::awaitable<void> error_replies_are_errors() {
    Client client(co_await asio::this_coro::executor, settings_for(testing::shared_redis_url()));
    const testing::ScratchKeys keys;
    client.start();
    co_await connected(client);
    co_await client.set(keys.key("s"), "text", milliseconds(0));
    const auto wrong = co_await client.command({"LPUSH", keys.key("s"), "x"});
    const auto empty = co_await client.command({});
    std::vector<Words> commands = {
        {"GET", keys.key("s")}, {"INCR", keys.key("s")}, {"STRLEN", keys.key("s")}
    };
    const auto replies = co_await client.pipeline(std::move(commands));
    co_await client.stop();
    REQUIRE_FALSE(wrong);
    REQUIRE(wrong.error().code == base::Errc::internal);
    REQUIRE(wrong.error().native == "WRONGTYPE");
    REQUIRE(empty.error().code == base::Errc::invalid_input);
    REQUIRE(replies);
    REQUIRE(replies->size() == 3);
    REQUIRE((*replies)[0].text == "text");
    REQUIRE((*replies)[1].is_error());
    REQUIRE((*replies)[2].integer == 4);
}

asio::awaitable<void> absence_is_told_at_once() {
    testing::PrivateRedis server;
    server.stop();
    Client client(co_await asio::this_coro::executor, settings_for(server.url()));
    const auto before_start = co_await client.get("k");
    client.start();
    co_await eventually([&] { return !client.last_error().empty(); }, "a failed try");
    const auto away = co_await client.get("k");
    server.start();
    co_await connected(client);
    const auto back = co_await client.get("k");
    const auto error = client.last_error();
    co_await client.stop();
    REQUIRE(before_start.error().code == base::Errc::unavailable);
    REQUIRE(away.error().code == base::Errc::unavailable);
    REQUIRE(back);
    REQUIRE(error.empty());
}

asio::awaitable<void> a_killed_server_comes_back() {
    const auto executor = co_await asio::this_coro::executor;
    testing::PrivateRedis server;
    Client client(executor, settings_for(server.url()));
    client.start();
    co_await connected(client);
    for (int round = 0; round < 3; ++round) {
        std::optional<base::Result<Reply>> first;
        std::optional<base::Result<Reply>> second;
        net::TaskGroup tasks(executor, "test");
        // A blocking command: it is surely in flight when the server dies.
        tasks.spawn("first", keep_outcome(client, {"BLPOP", "empty", "0"}, first));
        tasks.spawn("second", keep_outcome(client, {"GET", "k"}, second));
        co_await blocked_client(server);
        server.kill();
        co_await tasks.join();
        const auto away = co_await client.get("k");
        server.start();
        co_await connected(client);
        const auto set = co_await client.set("k", "v", milliseconds(0));
        REQUIRE(first);
        REQUIRE(first->error().code == base::Errc::unavailable);
        REQUIRE(second->error().code == base::Errc::unavailable);
        REQUIRE(away.error().code == base::Errc::unavailable);
        REQUIRE(set);
    }
    co_await client.stop();
}

asio::awaitable<void> a_silent_server_is_given_up() {
    const auto executor = co_await asio::this_coro::executor;
    testing::PrivateRedis server;
    auto settings = settings_for(server.url());
    settings.command_timeout = milliseconds(400);
    settings.ping_interval = milliseconds(100);
    Client client(executor, settings);
    client.start();
    co_await connected(client);
    server.pause();
    // Asked or not: an idle connection notices by its pings.
    const auto asked = co_await client.get("k");
    co_await disconnected(client);
    const auto refused = co_await client.get("k");
    server.resume();
    co_await connected(client);
    server.pause();
    co_await disconnected(client);
    server.resume();
    co_await connected(client);
    co_await client.stop();
    REQUIRE_FALSE(asked);
    REQUIRE(refused.error().code == base::Errc::unavailable);
}

asio::awaitable<void> a_callers_deadline_is_its_own() {
    const auto executor = co_await asio::this_coro::executor;
    testing::PrivateRedis server;
    Client client(executor, settings_for(server.url()));
    client.start();
    co_await connected(client);
    const auto before = co_await client.command({"CLIENT", "ID"});
    server.pause();
    std::optional<base::Result<Reply>> patient;
    std::optional<base::Result<Reply>> cancelled;
    net::TaskGroup waiting(executor, "test");
    net::TaskGroup leaving(executor, "test");
    const auto hasty = co_await client.get("k", net::deadline_in(milliseconds(20)));
    const auto late = co_await client.get("k", net::deadline_in(milliseconds(-1)));
    leaving.spawn("cancelled", keep_outcome(client, {"GET", "k"}, cancelled));
    waiting.spawn("patient", keep_outcome(client, {"CLIENT", "ID"}, patient));
    co_await asio::post(executor, asio::use_awaitable);  // Both have begun.
    leaving.cancel();
    co_await leaving.join();
    server.resume();
    co_await waiting.join();
    co_await client.stop();
    REQUIRE(hasty.error().code == base::Errc::timeout);
    REQUIRE(late.error().code == base::Errc::timeout);
    REQUIRE_FALSE(cancelled);
    REQUIRE(patient);
    REQUIRE(patient->has_value());
    REQUIRE((*patient)->integer == before->integer);
}

asio::awaitable<void> passwords_and_databases_count() {
    const auto executor = co_await asio::this_coro::executor;
    testing::PrivateRedis server({.password = "password-of-tests"});
    const auto place = "127.0.0.1:" + std::to_string(server.port());
    Client right(executor, settings_for("redis://:password-of-tests@" + place + "/3"));
    Client wrong(executor, settings_for("redis://:another-password@" + place));
    Client without(executor, settings_for("redis://" + place));
    Client nowhere(executor, settings_for("redis://:password-of-tests@" + place + "/99"));
    right.start();
    wrong.start();
    without.start();
    nowhere.start();
    co_await connected(right);
    const auto set = co_await right.set("k", "v", milliseconds(0));
    co_await eventually([&] {
        return !wrong.last_error().empty() && !without.last_error().empty() &&
               !nowhere.last_error().empty();
    });
    const auto wrong_error = wrong.last_error();
    const auto without_error = without.last_error();
    const bool any = wrong.is_connected() || without.is_connected() || nowhere.is_connected();
    co_await right.stop();
    co_await wrong.stop();
    co_await without.stop();
    co_await nowhere.stop();
    REQUIRE(set);
    REQUIRE(testing::run_redis(server.url(3), {"GET", "k"}) == "v");
    REQUIRE_FALSE(any);
    REQUIRE_THAT(wrong_error, ContainsSubstring("unauthorized"));
    REQUIRE(wrong_error.find("another-password") == std::string::npos);
    REQUIRE_THAT(without_error, ContainsSubstring("unauthorized"));
}

asio::awaitable<void> a_stop_ends_everything() {
    const auto executor = co_await asio::this_coro::executor;
    testing::PrivateRedis server;
    Client client(executor, settings_for(server.url()));
    client.start();
    co_await connected(client);
    std::optional<base::Result<Reply>> in_flight;
    net::TaskGroup tasks(executor, "test");
    tasks.spawn("blocked", keep_outcome(client, {"BLPOP", "empty", "0"}, in_flight));
    co_await blocked_client(server);
    co_await client.stop();
    co_await tasks.join();
    const auto after = co_await client.get("k");
    co_await client.stop();
    REQUIRE(in_flight);
    REQUIRE(in_flight->error().code == base::Errc::canceled);
    REQUIRE(after.error().code == base::Errc::canceled);
    REQUIRE_FALSE(client.is_connected());
}

asio::awaitable<void> a_stop_ends_tries_to_connect() {
    Client client(co_await asio::this_coro::executor, settings_for("redis://127.0.0.1:1"));
    client.start();
    co_await client.stop();
    Client trying(co_await asio::this_coro::executor, settings_for("redis://127.0.0.1:1"));
    trying.start();
    co_await eventually([&] { return !trying.last_error().empty(); });
    co_await trying.stop();
    Client unused(co_await asio::this_coro::executor, settings_for("redis://127.0.0.1:1"));
    co_await unused.stop();
}

asio::awaitable<void> a_client_may_die_without_a_stop() {
    const auto executor = co_await asio::this_coro::executor;
    auto client = std::make_unique<Client>(executor, settings_for(testing::shared_redis_url()));
    client->start();
    co_await connected(*client);
    client.reset();
    // run() fails if what it started still runs at the end.
}

asio::awaitable<void> a_dropped_connection_is_made_anew() {
    testing::PrivateRedis server;
    Client client(co_await asio::this_coro::executor, settings_for(server.url()));
    client.start();
    co_await connected(client);
    const auto before = co_await client.command({"CLIENT", "ID"});
    testing::run_redis(server.url(), {"CLIENT", "KILL", "TYPE", "normal"});
    co_await disconnected(client);
    co_await connected(client);
    const auto after = co_await client.command({"CLIENT", "ID"});
    co_await client.stop();
    REQUIRE(before);
    REQUIRE(after);
    REQUIRE(before->integer != after->integer);
}

}  // namespace

TEST_CASE("values go to Redis and come back, any bytes", "[redis]") {
    testing::run(values_come_back());
}

TEST_CASE("a thousand callers get each their own reply over one connection", "[redis]") {
    testing::run(many_callers_share_a_connection());
}

TEST_CASE("error replies are errors, in a pipeline they stay in place", "[redis]") {
    testing::run(error_replies_are_errors());
}

TEST_CASE("commands fail at once while Redis is away, and work when it comes", "[redis]") {
    testing::run(absence_is_told_at_once());
}

TEST_CASE("a killed Redis fails what is in flight and is found again", "[redis]") {
    testing::run(a_killed_server_comes_back(), seconds(60));
}

TEST_CASE("a Redis that hangs is given up and found again", "[redis]") {
    testing::run(a_silent_server_is_given_up(), seconds(60));
}

TEST_CASE("a caller that gives up leaves the connection to the others", "[redis]") {
    testing::run(a_callers_deadline_is_its_own(), seconds(60));
}

TEST_CASE("password and database of the URL count", "[redis]") {
    testing::run(passwords_and_databases_count());
}

TEST_CASE("a stop ends commands in flight and refuses later ones", "[redis]") {
    testing::run(a_stop_ends_everything());
}

TEST_CASE("a stop ends tries to connect", "[redis]") {
    testing::run(a_stop_ends_tries_to_connect());
}

TEST_CASE("a client that dies without a stop leaves nothing running", "[redis]") {
    testing::run(a_client_may_die_without_a_stop());
}

TEST_CASE("a connection that the server drops is made anew", "[redis]") {
    testing::run(a_dropped_connection_is_made_anew());
}

TEST_CASE("a wrong URL is an exception at once", "[redis]") {
    const auto body = []() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        REQUIRE_THROWS_AS(Client(executor, settings_for("http://host")), std::invalid_argument);
    };
    testing::run(body());
}

}  // namespace trunkline::redis
