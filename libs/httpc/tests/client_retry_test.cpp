#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

#include "bench.hpp"
#include "httpc/client.hpp"
#include "net/sleep.hpp"
#include "testing/catch.hpp"

using namespace trunkline::httpc;
using namespace std::chrono_literals;
namespace asio = trunkline::asio;
using asio::ip::tcp;
using trunkline::base::Errc;

namespace {

using Peer = RawPeer::Connection;

Settings quick() {
    Settings settings;
    settings.retry_pause = {.initial = 1ms, .maximum = 2ms, .factor = 2.0, .jitter = 0.5};
    settings.breaker.failures = 0;
    return settings;
}

Settings with_breaker(std::chrono::milliseconds open_for, bool count_server_errors = false) {
    Settings settings = quick();
    settings.breaker = {
        .failures = 2, .open_for = open_for, .count_server_errors = count_server_errors
    };
    return settings;
}

/// Swallows the first two requests.
asio::awaitable<void> third_time_lucky(Peer& connection) {
    if (connection.number < 3) {
        co_await connection.read_request();
        co_return;
    }
    co_await answer_all(connection);
}

asio::awaitable<void> repeat_if_safe(Bench& bench) {
    auto request = bench.request("POST");
    request.max_tries = 3;
    request.retry_safe = true;
    const auto outcome = co_await bench.client.send(request);
    CHECK(outcome.has_value());
    CHECK(bench.peer.accepted() == 3);
}

asio::awaitable<void> not_if_unsafe(Bench& bench) {
    auto request = bench.request("POST");
    request.max_tries = 3;
    const auto outcome = co_await bench.client.send(request);
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().request_sent);
    CHECK(bench.peer.accepted() == 1);
}

asio::awaitable<void> tries_run_out(Bench& bench) {
    auto request = bench.request("POST");
    request.max_tries = 2;
    request.retry_safe = true;
    const auto outcome = co_await bench.client.send(request);
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().error.code == Errc::unavailable);
    CHECK(bench.peer.accepted() == 2);
}

asio::awaitable<void> say_unavailable(Peer& connection) {
    for (;;) {
        const auto request = co_await connection.read_request();
        if (request.empty()) {
            co_return;
        }
        co_await connection.send("HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
        );
    }
}

asio::awaitable<void> statuses_are_answers(Bench& bench) {
    auto request = bench.request("GET");
    request.max_tries = 3;
    request.retry_safe = true;
    const auto outcome = co_await bench.client.send(request);
    REQUIRE(outcome.has_value());
    CHECK(outcome->status == 503);
    CHECK(outcome->header("retry-after") == "1");
    CHECK(bench.peer.requests().size() == 1);
}

tcp::acceptor bound(const asio::any_io_executor& executor) {
    tcp::acceptor acceptor(executor);
    acceptor.open(tcp::v4());
    acceptor.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    return acceptor;
}

std::string url_of(const tcp::acceptor& acceptor) {
    return "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/";
}

asio::awaitable<void> refused_then_up(Bench& bench) {
    auto acceptor = bound(bench.executor);
    auto request = bench.request("POST");
    request.url = url_of(acceptor);
    request.max_tries = 1000000;
    request.timeout = 10s;
    std::optional<Outcome> outcome;
    bench.launch(request, outcome);
    co_await trunkline::net::sleep_for(5ms);  // A few tries are refused; how many does not matter.
    acceptor.listen();
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    Peer peer(std::move(socket), 1);
    co_await peer.send(ok_answer());
    co_await bench.tasks.join();
    REQUIRE(outcome.has_value());
    CHECK(outcome->has_value());
}

asio::awaitable<void> pause_does_not_fit(Bench& bench) {
    const auto acceptor = bound(bench.executor);
    auto request = bench.request("POST");
    request.url = url_of(acceptor);
    request.max_tries = 1000000;
    request.timeout = 4s;
    const auto outcome = co_await bench.client.send(request);
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().error.code == Errc::unavailable);
    CHECK_FALSE(outcome.error().request_sent);
}

/// Takes one request, and the listener with it.
asio::awaitable<void> sent_once_then_refused(Bench& bench) {
    auto acceptor = bound(bench.executor);
    acceptor.listen();
    auto request = bench.request("POST");
    request.url = url_of(acceptor);
    request.max_tries = 3;
    request.retry_safe = true;
    std::optional<Outcome> outcome;
    bench.launch(request, outcome);
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    co_await socket.async_wait(tcp::socket::wait_read, asio::use_awaitable);
    acceptor.close();
    socket.close();
    co_await bench.tasks.join();
    REQUIRE(outcome.has_value());
    REQUIRE_FALSE(outcome->has_value());
    CHECK(outcome->error().error.native == "ECONNREFUSED");
    CHECK(outcome->error().request_sent);  // By the first try: its outcome stays unknown.
}

asio::awaitable<void> swallow(Peer& connection) { co_await connection.read_request(); }

asio::awaitable<void> circuit_opens(Bench& bench) {
    auto request = bench.request("POST");
    request.peer = "crm";
    for (int i = 0; i < 2; ++i) {
        const auto failed = co_await bench.client.send(request);
        REQUIRE_FALSE(failed.has_value());
        CHECK(failed.error().request_sent);
    }
    CHECK_THAT(
        bench.registry.render(), ContainsSubstring("http_client_open_circuits{peer=\"crm\"} 1")
    );
    request.max_tries = 3;
    const auto refused = co_await bench.client.send(request);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().error.code == Errc::unavailable);
    CHECK_FALSE(refused.error().request_sent);
    CHECK_THAT(refused.error().error.detail, ContainsSubstring("is open for another"));
    CHECK(bench.peer.accepted() == 2);
}

asio::awaitable<void> swallow_two(Peer& connection) {
    if (connection.number <= 2) {
        co_await connection.read_request();
        co_return;
    }
    co_await answer_all(connection);
}

asio::awaitable<void> circuit_closes(Bench& bench) {
    const auto request = bench.request("POST");
    for (int i = 0; i < 2; ++i) {
        const auto failed = co_await bench.client.send(request);
        REQUIRE_FALSE(failed.has_value());
    }
    bool answered = false;
    for (int i = 0; i < 10000 && !answered; ++i) {
        const auto outcome = co_await bench.client.send(request);
        answered = outcome.has_value();
        co_await trunkline::net::sleep_for(1ms);
    }
    CHECK(answered);
    CHECK(bench.peer.accepted() == 3);
    CHECK_THAT(
        bench.registry.render(), ContainsSubstring("http_client_open_circuits{peer=\"other\"} 0")
    );
}

asio::awaitable<void> timeouts_open_the_circuit(Bench& bench) {
    auto request = bench.request("POST");
    request.timeout = 20ms;
    for (int i = 0; i < 2; ++i) {
        const auto late = co_await bench.client.send(request);
        REQUIRE_FALSE(late.has_value());
        CHECK(late.error().error.code == Errc::timeout);
    }
    const auto refused = co_await bench.client.send(request);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().error.code == Errc::unavailable);
    CHECK_THAT(refused.error().error.detail, ContainsSubstring("circuit"));
}

std::function<asio::awaitable<void>(Bench&)> third_of_server_errors(bool is_answered) {
    return [is_answered](Bench& bench) -> asio::awaitable<void> {
        for (int i = 0; i < 2; ++i) {
            const auto outcome = co_await bench.client.send(bench.request("GET"));
            REQUIRE(outcome.has_value());
        }
        const auto third = co_await bench.client.send(bench.request("GET"));
        CHECK(third.has_value() == is_answered);
    };
}

asio::awaitable<void> cancel_is_no_failure(Bench& bench) {
    for (std::size_t i = 1; i <= 3; ++i) {
        trunkline::net::TaskGroup tasks(bench.executor, "test");
        std::optional<Outcome> outcome;
        tasks.spawn("send", Bench::send_into(bench.client, bench.request("POST"), outcome));
        co_await bench.peer.until([&bench, i] { return bench.peer.requests().size() == i; });
        tasks.cancel();
        co_await tasks.join();
        CHECK_FALSE(outcome.has_value());
    }
    CHECK_THAT(
        bench.registry.render(), ContainsSubstring("http_client_open_circuits{peer=\"other\"} 0")
    );
}

}  // namespace

TEST_CASE("a request of unknown outcome is repeated if that is safe", "[httpc]") {
    with_bench(third_time_lucky, repeat_if_safe, quick());
}

TEST_CASE("a request of unknown outcome is not repeated otherwise", "[httpc]") {
    with_bench(third_time_lucky, not_if_unsafe, quick());
}

TEST_CASE("tries run out", "[httpc]") { with_bench(third_time_lucky, tries_run_out, quick()); }

TEST_CASE("an answer is an answer, whatever its status", "[httpc]") {
    with_bench(say_unavailable, statuses_are_answers, quick());
}

TEST_CASE("a refused request is repeated until the peer is up", "[httpc]") {
    with_bench(answer_all, refused_then_up, quick());
}

TEST_CASE("when the next pause does not fit into the deadline the cause is told", "[httpc]") {
    Settings settings = quick();
    settings.retry_pause.initial = 10s;
    settings.retry_pause.maximum = 10s;
    with_bench(answer_all, pause_does_not_fit, settings);
}

TEST_CASE("once sent stays sent over all tries", "[httpc]") {
    with_bench(answer_all, sent_once_then_refused, quick());
}

TEST_CASE("failures open the circuit and nothing is sent any more", "[httpc]") {
    with_bench(swallow, circuit_opens, with_breaker(1h));
}

TEST_CASE("an open circuit lets a probe pass and closes", "[httpc]") {
    with_bench(swallow_two, circuit_closes, with_breaker(5ms));
}

TEST_CASE("timeouts open the circuit", "[httpc]") {
    with_bench(never_answer, timeouts_open_the_circuit, with_breaker(1h));
}

TEST_CASE("server errors open the circuit only if they are to count", "[httpc]") {
    with_bench(say_unavailable, third_of_server_errors(true), with_breaker(1h, false));
    with_bench(say_unavailable, third_of_server_errors(false), with_breaker(1h, true));
}

TEST_CASE("a canceled request says nothing about the peer", "[httpc]") {
    with_bench(never_answer, cancel_is_no_failure, with_breaker(1h));
}
