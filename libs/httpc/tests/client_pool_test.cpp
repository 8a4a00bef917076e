#include <string>

#include "bench.hpp"
#include "connection.hpp"
#include "httpc/client.hpp"
#include "testing/catch.hpp"

using namespace trunkline::httpc;
using namespace std::chrono_literals;
namespace asio = trunkline::asio;
using trunkline::base::Errc;
using trunkline::net::deadline_in;

namespace {

using Peer = RawPeer::Connection;

asio::awaitable<void> send_three(Bench& bench) {
    for (int i = 0; i < 3; ++i) {
        const auto outcome = co_await bench.client.send(bench.request("POST"));
        REQUIRE(outcome.has_value());
    }
}

std::function<asio::awaitable<void>(Bench&)> expect_connections(std::size_t count) {
    return [count](Bench& bench) -> asio::awaitable<void> {
        co_await send_three(bench);
        CHECK(bench.peer.accepted() == count);
        CHECK(bench.peer.requests().size() == 3);
    };
}

/// Answers every request of a connection with this.
RawPeer::Script always(std::string answer) {
    return [answer = std::move(answer)](Peer& connection) -> asio::awaitable<void> {
        for (;;) {
            const auto request = co_await connection.read_request();
            if (request.empty()) {
                co_return;
            }
            co_await connection.send(answer);
        }
    };
}

/// Answers one request, then closes without having said so.
asio::awaitable<void> answer_once(Peer& connection) {
    co_await connection.read_request();
    co_await connection.send(ok_answer());
}

asio::awaitable<void> find_closed_connection(Bench& bench) {
    for (std::size_t i = 1; i <= 3; ++i) {
        const auto outcome = co_await bench.client.send(bench.request("POST"));
        REQUIRE(outcome.has_value());
        co_await bench.peer.until([&bench, i] { return bench.peer.ended() == i; });
    }
    CHECK(bench.peer.accepted() == 3);
    CHECK(bench.peer.requests().size() == 3);  // None was doubled.
}

/// The first connection takes a second request and closes without an answer.
asio::awaitable<void> leave_at_second(Peer& connection) {
    co_await connection.read_request();
    co_await connection.send(ok_answer());
    if (connection.number == 1) {
        co_await connection.read_request();
        co_return;
    }
    co_await answer_all(connection);
}

asio::awaitable<void> post_is_not_doubled(Bench& bench) {
    const auto first = co_await bench.client.send(bench.request("POST"));
    REQUIRE(first.has_value());
    auto request = bench.request("POST");
    request.max_tries = 3;
    const auto second = co_await bench.client.send(request);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().error.code == Errc::unavailable);
    CHECK(second.error().request_sent);
    CHECK(bench.peer.accepted() == 1);
    CHECK(bench.peer.requests().size() == 2);
}

asio::awaitable<void> get_is_repeated(Bench& bench) {
    const auto first = co_await bench.client.send(bench.request("GET"));
    REQUIRE(first.has_value());
    const auto second = co_await bench.client.send(bench.request("GET"));
    CHECK(second.has_value());
    CHECK(bench.peer.accepted() == 2);
}

asio::awaitable<void> safe_post_is_repeated(Bench& bench) {
    auto request = bench.request("POST");
    request.retry_safe = true;
    const auto first = co_await bench.client.send(request);
    REQUIRE(first.has_value());
    const auto second = co_await bench.client.send(request);
    CHECK(second.has_value());
    CHECK(bench.peer.accepted() == 2);
}

/// Says something unasked behind its answer.
asio::awaitable<void> chatter(Peer& connection) {
    co_await connection.read_request();
    co_await connection.send(
        ok_answer() + "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"
    );
    co_await connection.wait_for_close();
}

asio::awaitable<void> chatter_is_dropped(Bench& bench) {
    const auto first = co_await bench.client.send(bench.request("POST"));
    REQUIRE(first.has_value());
    const auto second = co_await bench.client.send(bench.request("POST"));
    REQUIRE(second.has_value());
    CHECK(second->status == 200);
    CHECK(bench.peer.accepted() == 2);
}

asio::awaitable<void> two_at_most(Bench& bench) {
    std::vector<std::optional<Outcome>> outcomes(6);
    for (auto& outcome : outcomes) {
        bench.launch(bench.request("POST"), outcome);
    }
    co_await bench.tasks.join();
    for (const auto& outcome : outcomes) {
        REQUIRE(outcome.has_value());
        CHECK(outcome->has_value());
    }
    CHECK(bench.peer.accepted() == 2);
}

asio::awaitable<void> wait_in_line(Bench& bench) {
    std::optional<Outcome> first;
    bench.launch(bench.request("POST"), first);
    co_await bench.peer.until([&bench] { return bench.peer.requests().size() == 1; });
    auto request = bench.request("POST");
    request.timeout = 20ms;
    const auto second = co_await bench.client.send(request);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().error.code == Errc::timeout);
    CHECK_FALSE(second.error().request_sent);
    CHECK_THAT(second.error().error.detail, ContainsSubstring("waiting for a free connection"));
    CHECK(bench.peer.accepted() == 1);
    co_await bench.client.close();
    co_await bench.tasks.join();
}

asio::awaitable<void> line_moves_on(Bench& bench) {
    std::optional<Outcome> first;
    std::optional<Outcome> second;
    std::optional<Outcome> third;
    trunkline::net::TaskGroup holder(bench.executor, "holder");
    holder.spawn("send", Bench::send_into(bench.client, bench.request("POST", "/first"), first));
    co_await bench.peer.until([&bench] { return bench.peer.requests().size() == 1; });
    trunkline::net::TaskGroup impatient(bench.executor, "impatient");
    impatient.spawn(
        "send", Bench::send_into(bench.client, bench.request("POST", "/second"), second)
    );
    bench.launch(bench.request("POST", "/third"), third);
    impatient.cancel();
    co_await impatient.join();
    CHECK(bench.peer.accepted() == 1);
    holder.cancel();
    co_await holder.join();
    co_await bench.tasks.join();
    CHECK_FALSE(first.has_value());
    CHECK_FALSE(second.has_value());
    REQUIRE(third.has_value());
    CHECK(third->has_value());
    REQUIRE(bench.peer.requests().size() == 2);
    CHECK(bench.peer.requests().back().contains(" /third "));
}

asio::awaitable<void> silent_to_first(Peer& connection) {
    if (connection.number == 1) {
        co_await never_answer(connection);
    } else {
        co_await answer_all(connection);
    }
}

asio::awaitable<void> idle_is_closed(Bench& bench) {
    const auto outcome = co_await bench.client.send(bench.request("GET"));
    REQUIRE(outcome.has_value());
    co_await bench.peer.until([&bench] { return bench.peer.ended() == 1; });
    const auto next = co_await bench.client.send(bench.request("GET"));
    REQUIRE(next.has_value());
    CHECK(bench.peer.accepted() == 2);
}

asio::awaitable<void> reset_after_request(Peer& connection) {
    co_await connection.read_request();
    connection.reset();
}

/// What exchange() relies on: a write to a connection that the peer has reset takes nothing.
asio::awaitable<void> write_after_reset(Bench& bench) {
    const auto url = Url::parse(bench.peer.url());
    REQUIRE(url.has_value());
    auto opened = co_await Connection::open(*url, Reach::anywhere, nullptr, deadline_in(20s));
    REQUIRE(opened.has_value());
    auto& connection = **opened;
    const auto first = co_await connection.write("GET / HTTP/1.1\r\n\r\n");
    CHECK_FALSE(first.error);
    co_await bench.peer.until([&bench] { return bench.peer.ended() == 1; });
    const auto written = co_await connection.write("GET / HTTP/1.1\r\n\r\n");
    CHECK(written.error);
    CHECK(written.bytes == 0);
    CHECK_FALSE(connection.is_quiet());
}

Settings with_connections(std::size_t count) {
    Settings settings;
    settings.max_connections_per_host = count;
    return settings;
}

Settings with_idle_timeout(std::chrono::milliseconds timeout) {
    Settings settings;
    settings.idle_timeout = timeout;
    return settings;
}

}  // namespace

TEST_CASE("a connection is kept and used again", "[httpc]") {
    with_bench(answer_all, expect_connections(1));
}

TEST_CASE("Connection: close is honoured", "[httpc]") {
    with_bench(
        always("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
        expect_connections(3)
    );
}

TEST_CASE("HTTP/1.0 peers close unless they say otherwise", "[httpc]") {
    with_bench(always("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"), expect_connections(3));
    with_bench(
        always("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"),
        expect_connections(1)
    );
}

TEST_CASE("an answer with more than was asked for ends its connection", "[httpc]") {
    with_bench(always(ok_answer() + "HTTP/1.1"), expect_connections(3));
}

TEST_CASE("a connection that the peer has closed is found out before it is used", "[httpc]") {
    with_bench(answer_once, find_closed_connection);
}

TEST_CASE("a peer that speaks unasked is not asked again", "[httpc]") {
    with_bench(chatter, chatter_is_dropped);
}

TEST_CASE("a POST that a kept connection swallowed is not doubled", "[httpc]") {
    with_bench(leave_at_second, post_is_not_doubled);
}

TEST_CASE("a GET that a kept connection swallowed is sent anew", "[httpc]") {
    with_bench(leave_at_second, get_is_repeated);
}

TEST_CASE("a POST that may be repeated is sent anew", "[httpc]") {
    with_bench(leave_at_second, safe_post_is_repeated);
}

TEST_CASE("connections per host are bounded and all get their turn", "[httpc]") {
    with_bench(answer_all, two_at_most, with_connections(2));
}

TEST_CASE("waiting for a connection is bounded by the request's timeout", "[httpc]") {
    with_bench(never_answer, wait_in_line, with_connections(1));
}

TEST_CASE("who leaves the line or the connection lets the next one in", "[httpc]") {
    with_bench(silent_to_first, line_moves_on, with_connections(1));
}

TEST_CASE("idle connections are closed in time", "[httpc]") {
    with_bench(answer_all, idle_is_closed, with_idle_timeout(5ms));
}

TEST_CASE("a write to a reset connection takes nothing", "[httpc]") {
    with_bench(reset_after_request, write_after_reset);
}
