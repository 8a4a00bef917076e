#include "httpc/client.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <string>

#include "bench.hpp"
#include "testing/catch.hpp"

using namespace trunkline::httpc;
using namespace std::chrono_literals;
namespace asio = trunkline::asio;
using trunkline::base::Errc;

namespace {

using Peer = RawPeer::Connection;

/// Answers each request with what its target names.
asio::awaitable<void> by_target(Peer& connection) {
    for (;;) {
        const auto request = co_await connection.read_request();
        if (request.empty()) {
            co_return;
        }
        std::string answer = ok_answer();
        if (request.contains(" /chunked ")) {
            answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        } else if (request.contains(" /interim ")) {
            answer = "HTTP/1.1 100 Continue\r\n\r\n" + ok_answer("after");
        } else if (request.contains(" /moved ")) {
            answer = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
        } else if (request.contains(" /html ")) {
            answer =
                "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: "
                "13\r\n\r\n<html></html>";
        } else if (request.starts_with("HEAD ")) {
            answer = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n";
        } else if (request.contains(" /big ")) {
            answer = ok_answer(std::string(300000, 'x'));
        }
        co_await connection.send(answer);
    }
}

asio::awaitable<void> check_get(Bench& bench) {
    auto request = bench.request("GET", "/a?b=c");
    request.trace = trunkline::base::TraceContext::make();
    request.headers = {{"Accept", "application/json"}};
    const auto outcome = co_await bench.client.send(request);
    REQUIRE(outcome.has_value());
    CHECK(outcome->status == 200);
    CHECK(outcome->body == "ok");
    CHECK(outcome->header("content-length") == "2");
    REQUIRE(bench.peer.requests().size() == 1);
    const auto& sent = bench.peer.requests().front();
    CHECK_THAT(
        sent,
        ContainsSubstring(
            "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(bench.peer.port()) + "\r\n"
        )
    );
    CHECK_THAT(sent, ContainsSubstring("\r\nUser-Agent: trunkline/"));
    CHECK_THAT(sent, ContainsSubstring("\r\ntraceparent: 00-" + request.trace->trace_id));
    CHECK_THAT(sent, ContainsSubstring("\r\nAccept: application/json\r\n"));
    CHECK(sent.find("Accept-Encoding") == std::string::npos);
}

asio::awaitable<void> check_post(Bench& bench) {
    auto request = bench.request("POST");
    request.body = std::string(200000, 'p');
    const auto outcome = co_await bench.client.send(request);
    REQUIRE(outcome.has_value());
    REQUIRE(bench.peer.requests().size() == 1);
    CHECK_THAT(bench.peer.requests().front(), ContainsSubstring("\r\nContent-Length: 200000\r\n"));
    CHECK(bench.peer.requests().front().ends_with("\r\n\r\n" + request.body));
}

struct Expected {
    std::string method;
    std::string target;
    unsigned status;
    std::string body;
};

asio::awaitable<void> check_forms(Bench& bench) {
    const std::vector<Expected> cases = {
        {"GET", "/chunked", 200, "hello"},
        {"GET", "/interim", 200, "after"},
        {"GET", "/moved", 302, ""},
        {"GET", "/html", 502, "<html></html>"},
        {"HEAD", "/", 200, ""},
        {"GET", "/big", 200, std::string(300000, 'x')},
        {"DELETE", "/", 200, "ok"},
    };
    for (const auto& each : cases) {
        INFO(each.method << " " << each.target);
        const auto outcome = co_await bench.client.send(bench.request(each.method, each.target));
        REQUIRE(outcome.has_value());
        CHECK(outcome->status == each.status);
        CHECK(outcome->body == each.body);
    }
    // No redirect was followed, and one connection served them all.
    CHECK(bench.peer.requests().size() == cases.size());
    CHECK(bench.peer.accepted() == 1);
}

asio::awaitable<void> check_metrics(Bench& bench) {
    auto request = bench.request("GET");
    request.peer = "telegram";
    const auto good = co_await bench.client.send(request);
    REQUIRE(good.has_value());
    request.url = "nonsense";
    const auto bad = co_await bench.client.send(request);
    REQUIRE_FALSE(bad.has_value());
    const auto text = bench.registry.render();
    CHECK_THAT(text, ContainsSubstring("http_client_requests_total{"));
    CHECK_THAT(text, ContainsSubstring("peer=\"telegram\""));
    CHECK_THAT(text, ContainsSubstring("outcome=\"2xx\""));
    CHECK_THAT(text, ContainsSubstring("outcome=\"invalid_input\""));
    CHECK_THAT(text, ContainsSubstring("http_client_request_seconds_count{peer=\"telegram\"} 2"));
    CHECK_THAT(text, ContainsSubstring("http_client_open_circuits{peer=\"telegram\"} 0"));
}

/// The first connection is never answered.
asio::awaitable<void> silent_once(Peer& connection) {
    if (connection.number == 1) {
        co_await never_answer(connection);
    } else {
        co_await answer_all(connection);
    }
}

asio::awaitable<void> expect_abort(Client& client, Request request, bool& aborted) {
    try {
        co_await client.send(std::move(request));
    } catch (const boost::system::system_error& error) {
        aborted = error.code() == asio::error::operation_aborted;
    }
}

asio::awaitable<void> check_cancel(Bench& bench) {
    bool aborted = false;
    bench.tasks.spawn("send", expect_abort(bench.client, bench.request("GET"), aborted));
    co_await bench.peer.until([&bench] { return bench.peer.requests().size() == 1; });
    bench.tasks.cancel();
    co_await bench.tasks.join();
    CHECK(aborted);
    co_await bench.peer.until([&bench] { return bench.peer.ended() == 1; });
    const auto next = co_await bench.client.send(bench.request("GET"));
    REQUIRE(next.has_value());
    CHECK(bench.peer.accepted() == 2);
    CHECK_THAT(bench.registry.render(), ContainsSubstring("outcome=\"canceled\""));
}

asio::awaitable<void> check_close(Bench& bench) {
    std::optional<Outcome> waiting;
    bench.launch(bench.request("POST"), waiting);
    co_await bench.peer.until([&bench] { return bench.peer.requests().size() == 1; });
    co_await bench.client.close();
    co_await bench.tasks.join();
    REQUIRE(waiting.has_value());
    REQUIRE_FALSE(waiting->has_value());
    CHECK(waiting->error().error.code == Errc::canceled);
    CHECK(waiting->error().request_sent);
    const auto later = co_await bench.client.send(bench.request("GET"));
    REQUIRE_FALSE(later.has_value());
    CHECK(later.error().error.code == Errc::canceled);
    CHECK_FALSE(later.error().request_sent);
    co_await bench.client.close();
}

asio::awaitable<void> check_destruction() {
    auto executor = co_await asio::this_coro::executor;
    RawPeer peer(executor, never_answer);
    trunkline::metrics::Registry registry;
    trunkline::net::TaskGroup tasks(executor, "test");
    std::optional<Client> client(std::in_place, executor, Settings{}, registry);
    std::optional<Outcome> outcome;
    Request request;
    request.url = peer.url();
    request.timeout = 20s;
    tasks.spawn("send", Bench::send_into(*client, request, outcome));
    co_await peer.until([&peer] { return peer.requests().size() == 1; });
    client.reset();
    co_await tasks.join();
    REQUIRE(outcome.has_value());
    REQUIRE_FALSE(outcome->has_value());
    CHECK(outcome->error().error.code == Errc::canceled);
    co_await peer.stop();
}

}  // namespace

TEST_CASE("a GET goes out with our headers and its answer comes back", "[httpc]") {
    with_bench(answer_all, check_get);
}

TEST_CASE("a POST of many packets arrives whole", "[httpc]") { with_bench(answer_all, check_post); }

TEST_CASE("answers of all kinds come back over one connection", "[httpc]") {
    with_bench(by_target, check_forms);
}

TEST_CASE("requests are counted by peer and outcome", "[httpc]") {
    with_bench(answer_all, check_metrics);
}

TEST_CASE("a cancel passes through and its connection is not used again", "[httpc]") {
    with_bench(silent_once, check_cancel);
}

TEST_CASE("close ends what goes on and refuses what comes later", "[httpc]") {
    with_bench(never_answer, check_close);
}

TEST_CASE("a client may be destroyed while it sends", "[httpc]") {
    trunkline::testing::run(check_destruction());
}

TEST_CASE("a client with a wrong allowed host or certificate file does not start", "[httpc]") {
    asio::awaitable<void> (*const start)(Settings, std::string) =
        [](Settings settings, std::string part) -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        trunkline::metrics::Registry registry;
        std::string what;
        try {
            const Client client(executor, std::move(settings), registry);
        } catch (const std::runtime_error& error) {
            what = error.what();
        }
        CHECK_THAT(what, ContainsSubstring(part));
    };
    Settings wrong_host;
    wrong_host.allowed_upstream_hosts = {"https://crm.lan/"};
    trunkline::testing::run(start(wrong_host, "ALLOWED_UPSTREAM_HOSTS: \"https://crm.lan/\""));
    Settings wrong_file;
    wrong_file.ca_file = "/nonexistent/ca.pem";
    trunkline::testing::run(start(wrong_file, "/nonexistent/ca.pem"));
}
