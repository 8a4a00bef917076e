// Failure.error.code and Failure.request_sent in every phase of a request.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

#include "bench.hpp"
#include "httpc/client.hpp"
#include "testing/catch.hpp"

using namespace trunkline::httpc;
using namespace std::chrono_literals;
namespace asio = trunkline::asio;
using trunkline::base::Errc;

namespace {

using Peer = RawPeer::Connection;
using asio::ip::tcp;

const tcp::endpoint any_port(asio::ip::address_v4::loopback(), 0);

std::string url_of(const tcp::acceptor& acceptor, const std::string& scheme = "http") {
    return scheme + "://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/";
}

void check_failure(const Outcome& outcome, Errc code, bool sent) {
    REQUIRE_FALSE(outcome.has_value());
    INFO(trunkline::base::describe(outcome.error().error));
    CHECK(outcome.error().error.code == code);
    CHECK(outcome.error().request_sent == sent);
}

asio::awaitable<void> idle(Peer& connection) { co_await connection.wait_for_close(); }

asio::awaitable<void> bad_requests(Bench& bench) {
    auto request = bench.request("GET");
    request.url = "http://user@127.0.0.1/";
    auto outcome = co_await bench.client.send(request);
    check_failure(outcome, Errc::invalid_input, false);
    request = bench.request("GET");
    request.headers = {{"X", "a\r\nb"}};
    outcome = co_await bench.client.send(request);
    check_failure(outcome, Errc::invalid_input, false);
    request = bench.request("GET");
    request.timeout = 0ms;
    outcome = co_await bench.client.send(request);
    check_failure(outcome, Errc::timeout, false);
    CHECK(bench.peer.accepted() == 0);
}

asio::awaitable<void> unresolved(Bench& bench) {
    auto request = bench.request("GET");
    request.url = "http://no-such-host.invalid/";
    const auto outcome = co_await bench.client.send(request);
    REQUIRE_FALSE(outcome.has_value());
    CHECK_FALSE(outcome.error().request_sent);
    // Where no name server answers, the resolver takes longer than a connection may.
    const auto code = outcome.error().error.code;
    CHECK((code == Errc::unavailable || code == Errc::timeout));
}

asio::awaitable<void> refused(Bench& bench) {
    tcp::acceptor closed(bench.executor);
    closed.open(tcp::v4());
    closed.bind(any_port);  // Bound, so that nobody else gets the port, but not listening.
    auto request = bench.request("POST");
    request.url = url_of(closed);
    const auto outcome = co_await bench.client.send(request);
    check_failure(outcome, Errc::unavailable, false);
    CHECK(outcome.error().error.native == "ECONNREFUSED");
}

asio::awaitable<void> connect_timeout(Bench& bench) {
    tcp::acceptor full(bench.executor);
    full.open(tcp::v4());
    full.bind(any_port);
    full.listen(0);
    // One connection fills the queue of a listener with backlog 0; Linux drops the next one's SYN.
    tcp::socket first(bench.executor);
    co_await first.async_connect(full.local_endpoint(), asio::use_awaitable);
    auto request = bench.request("POST");
    request.url = url_of(full);
    const auto by_connect_timeout = co_await bench.client.send(request);
    check_failure(by_connect_timeout, Errc::timeout, false);
    request.timeout = 10ms;
    const auto by_deadline = co_await bench.client.send(request);
    check_failure(by_deadline, Errc::timeout, false);
}

asio::awaitable<void> say_no_tls(Peer& connection) {
    co_await connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    co_await connection.wait_for_close();
}

asio::awaitable<void> no_tls(Bench& bench) {
    auto request = bench.request("POST");
    request.url = "https" + bench.peer.url().substr(4);
    const auto outcome = co_await bench.client.send(request);
    check_failure(outcome, Errc::unavailable, false);
    CHECK_THAT(outcome.error().error.detail, ContainsSubstring("TLS"));
}

asio::awaitable<void> tls_timeout(Bench& bench) {
    auto request = bench.request("POST");
    request.url = "https" + bench.peer.url().substr(4);
    request.timeout = 20ms;
    const auto outcome = co_await bench.client.send(request);
    check_failure(outcome, Errc::timeout, false);
}

asio::awaitable<void> answer_timeout(Bench& bench) {
    auto request = bench.request("POST", "/bot123:SECRET/sendMessage");
    request.timeout = 20ms;
    // On a busy machine the first timeouts may strike before the request is out.
    while (bench.peer.requests().empty()) {
        request.timeout *= 2;
        const auto outcome = co_await bench.client.send(request);
        REQUIRE_FALSE(outcome.has_value());
        CHECK(outcome.error().error.code == Errc::timeout);
        CHECK(outcome.error().error.detail.find("SECRET") == std::string::npos);
        // The connection that might still get a late answer is gone.
        co_await bench.peer.until([&bench] { return bench.peer.ended() == bench.peer.accepted(); });
        CHECK((outcome.error().request_sent || bench.peer.requests().empty()));
    }
}

asio::awaitable<void> close_after_request(Peer& connection) { co_await connection.read_request(); }

asio::awaitable<void> reset_after_request(Peer& connection) {
    co_await connection.read_request();
    connection.reset();
}

asio::awaitable<void> half_an_answer(Peer& connection) {
    co_await connection.read_request();
    co_await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
}

asio::awaitable<void> garbage(Peer& connection) {
    co_await connection.read_request();
    co_await connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    co_await connection.wait_for_close();
}

asio::awaitable<void> too_much(Peer& connection) {
    co_await connection.read_request();
    co_await connection.send(ok_answer(std::string(1025, 'x')));
    co_await connection.wait_for_close();
}

asio::awaitable<void> refuse_early(Peer& connection) {
    co_await connection.read_some_bytes();
    co_await connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
}

asio::awaitable<void> expect_early_answer(Bench& bench) {
    auto request = bench.request("POST");
    request.body = std::string(32UL << 20U, 'x');  // More than the sockets' buffers take.
    const auto outcome = co_await bench.client.send(request);
    REQUIRE(outcome.has_value());
    CHECK(outcome->status == 413);
    CHECK(outcome->body == "big");
}

asio::awaitable<void> until_the_end(Peer& connection) {
    co_await connection.read_request();
    co_await connection.send("HTTP/1.0 200 OK\r\n\r\nuntil the end");
}

std::function<asio::awaitable<void>(Bench&)> expect(Errc code) {
    return [code](Bench& bench) -> asio::awaitable<void> {
        auto request = bench.request("POST");
        request.max_response_bytes = 1024;
        const auto outcome = co_await bench.client.send(request);
        check_failure(outcome, code, true);
        CHECK(bench.peer.requests().size() == 1);
    };
}

asio::awaitable<void> expect_whole(Bench& bench) {
    const auto outcome = co_await bench.client.send(bench.request("GET"));
    REQUIRE(outcome.has_value());
    CHECK(outcome->body == "until the end");
}

asio::awaitable<void> guarded(Bench& bench) {
    auto request = bench.request("POST");
    request.tenant_given = true;
    auto outcome = co_await bench.client.send(request);
    check_failure(outcome, Errc::forbidden, false);
    for (const std::string host :
         {"127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:10.0.0.1]"}) {
        INFO(host);
        request.url = "https://" + host + ":" + std::to_string(bench.peer.port()) + "/";
        outcome = co_await bench.client.send(request);
        check_failure(outcome, Errc::forbidden, false);
    }
    CHECK(bench.peer.accepted() == 0);
}

asio::awaitable<void> loopback_allowed(Bench& bench) {
    auto request = bench.request("POST");
    request.tenant_given = true;
    const auto outcome = co_await bench.client.send(request);
    CHECK(outcome.has_value());
}

Settings with_connect_timeout(std::chrono::milliseconds timeout) {
    Settings settings;
    settings.connect_timeout = timeout;
    return settings;
}

Settings with_loopback() {
    Settings settings;
    settings.allow_loopback_upstreams = true;
    return settings;
}

}  // namespace

TEST_CASE("a request that cannot be sent fails before anything happens", "[httpc]") {
    with_bench(idle, bad_requests);
}

TEST_CASE("a name that does not resolve: not sent", "[httpc]") {
    with_bench(idle, unresolved, with_connect_timeout(500ms));
}

TEST_CASE("a refused connection: unavailable, not sent", "[httpc]") { with_bench(idle, refused); }

TEST_CASE("a connection that is not answered: timeout, not sent", "[httpc]") {
    with_bench(idle, connect_timeout, with_connect_timeout(20ms));
}

TEST_CASE("a peer without TLS: unavailable, not sent", "[httpc]") {
    with_bench(say_no_tls, no_tls);
}

TEST_CASE("a handshake that is not answered: timeout, not sent", "[httpc]") {
    with_bench(idle, tls_timeout);
}

TEST_CASE("a request that is not answered: timeout, sent", "[httpc]") {
    with_bench(never_answer, answer_timeout);
}

TEST_CASE("a connection closed after the request: unavailable, sent", "[httpc]") {
    with_bench(close_after_request, expect(Errc::unavailable));
}

TEST_CASE("a connection reset after the request: unavailable, sent", "[httpc]") {
    with_bench(reset_after_request, expect(Errc::unavailable));
}

TEST_CASE("an answer that is cut off: unavailable, sent", "[httpc]") {
    with_bench(half_an_answer, expect(Errc::unavailable));
}

TEST_CASE("an answer that is not HTTP: malformed, sent", "[httpc]") {
    with_bench(garbage, expect(Errc::malformed));
}

TEST_CASE("an answer over the limit: too_large, sent", "[httpc]") {
    with_bench(too_much, expect(Errc::too_large));
}

TEST_CASE("an answer that comes before the whole request was read counts", "[httpc]") {
    with_bench(refuse_early, expect_early_answer);
}

TEST_CASE("a body that ends with the connection is whole", "[httpc]") {
    with_bench(until_the_end, expect_whole);
}

TEST_CASE("the guard refuses before connecting: forbidden, not sent", "[httpc]") {
    with_bench(answer_all, guarded);
}

TEST_CASE("the guard lets loopback pass where that is allowed", "[httpc]") {
    with_bench(answer_all, loopback_allowed, with_loopback());
}
