#include "testing/neighbour.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>

#include "testing/catch.hpp"

namespace trunkline::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A client that shows what really came over the wire.
class RawClient {
public:
    explicit RawClient(std::uint16_t port)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawClient() { ::close(socket_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool connected() const { return connected_; }
    int last_error() const { return last_error_; }

    void send(const std::string& bytes) const {
        REQUIRE(
            ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size())
        );
    }

    /// Until the peer closes, or `limit` passes without a byte: then last_error() is EAGAIN.
    std::string receive_all(milliseconds limit = seconds(20)) {
        const timeval wait{
            .tv_sec = limit.count() / 1000, .tv_usec = (limit.count() % 1000) * 1000
        };
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        std::string all;
        std::array<char, 4096> part{};
        ssize_t count = 0;
        while ((count = ::recv(socket_, part.data(), part.size(), 0)) > 0) {
            all.append(part.data(), static_cast<std::size_t>(count));
        }
        last_error_ = count < 0 ? errno : 0;
        return all;
    }

    std::string receive(std::size_t bytes) const {
        std::string all(bytes, '\0');
        const auto count = ::recv(socket_, all.data(), bytes, MSG_WAITALL);
        all.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return all;
    }

private:
    int socket_;
    bool connected_ = false;
    int last_error_ = 0;
};

std::string get(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
}

std::string fetch(const HttpNeighbour& neighbour, const std::string& bytes) {
    RawClient client(neighbour.port());
    client.send(bytes);
    return client.receive_all();
}

}  // namespace

TEST_CASE("the neighbour gives canned answers and records requests in order", "[testing]") {
    HttpNeighbour neighbour;
    neighbour.answer("GET", "/a", NeighbourResponse::json("{}", 201));
    const auto answer = fetch(neighbour, get("/a?x=1"));
    const auto missing = fetch(neighbour, get("/b"));

    REQUIRE(
        answer ==
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        "Connection: close\r\n\r\n{}"
    );
    REQUIRE_THAT(missing, ContainsSubstring("404"));
    const auto requests = neighbour.wait_for_requests(2);
    REQUIRE(requests.size() == 2);
    REQUIRE(requests[0].order == 0);
    REQUIRE(requests[0].target == "/a?x=1");
    REQUIRE(requests[0].path == "/a");
    REQUIRE(requests[0].query == "x=1");
    REQUIRE(requests[0].header("HOST") == "test");
    REQUIRE(requests[1].order == 1);
    REQUIRE(requests[1].time >= requests[0].time);
    REQUIRE(neighbour.requests("GET", "/b").size() == 1);
}

TEST_CASE("the neighbour hands bodies to handlers, chunked ones too", "[testing]") {
    HttpNeighbour neighbour;
    neighbour.handle("POST", "/echo/*", [](const NeighbourRequest& request) {
        return NeighbourResponse{.body = request.path + ":" + request.body};
    });
    RawClient client(neighbour.port());
    client.send("POST /echo/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc");
    const std::string first = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n/echo/1:abc";
    const auto first_answer = client.receive(first.size());
    client.send(
        "POST /echo/2 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nConnection: "
        "close\r\n\r\n"
        "2\r\nxy\r\n0\r\n\r\n"
    );
    const auto second_answer = client.receive_all();
    REQUIRE(first_answer == first);
    REQUIRE_THAT(second_answer, ContainsSubstring("/echo/2:xy"));
    REQUIRE(neighbour.connections() == 1);
}

TEST_CASE("the newest matching route wins", "[testing]") {
    HttpNeighbour neighbour;
    neighbour.answer("*", "*", {.status = 500});
    neighbour.answer("GET", "/x", {.status = 204});
    const auto answer = fetch(neighbour, get("/x"));
    REQUIRE(answer == "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a handler that throws is a 500", "[testing]") {
    const HttpNeighbour neighbour([](const NeighbourRequest&) -> NeighbourResponse {
        throw std::runtime_error("broken handler");
    });
    const auto answer = fetch(neighbour, get("/"));
    REQUIRE_THAT(answer, ContainsSubstring("500") && ContainsSubstring("broken handler"));
}

TEST_CASE("an expected 100 Continue is sent before the body", "[testing]") {
    const HttpNeighbour neighbour;
    RawClient client(neighbour.port());
    client.send("PUT / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto received = client.receive(interim.size());
    client.send("ok");
    const auto requests = neighbour.wait_for_requests(1);
    REQUIRE(received == interim);
    REQUIRE(requests[0].body == "ok");
}

TEST_CASE("faults that are ordered for a number of requests pass", "[testing]") {
    HttpNeighbour neighbour;
    neighbour.answer("GET", "/x", {.body = "fine"});
    neighbour.fail_next(Fault::answer_status(503), 2);
    const auto first = fetch(neighbour, get("/x"));
    const auto second = fetch(neighbour, get("/x"));
    const auto third = fetch(neighbour, get("/x"));
    REQUIRE_THAT(first, ContainsSubstring("503"));
    REQUIRE_THAT(second, ContainsSubstring("503"));
    REQUIRE_THAT(third, ContainsSubstring("fine"));
}

TEST_CASE("a lasting fault stays on its path until it is cleared", "[testing]") {
    HttpNeighbour neighbour;
    neighbour.answer("GET", "*", {.body = "fine"});
    neighbour.fail_always(Fault::answer_status(500), "/bad*");
    const auto bad = fetch(neighbour, get("/bad/1"));
    const auto good = fetch(neighbour, get("/good"));
    neighbour.clear_faults();
    const auto cured = fetch(neighbour, get("/bad/1"));
    REQUIRE_THAT(bad, ContainsSubstring("500"));
    REQUIRE_THAT(good, ContainsSubstring("fine"));
    REQUIRE_THAT(cured, ContainsSubstring("fine"));
}

TEST_CASE("a slow answer comes, but not before its delay", "[testing]") {
    HttpNeighbour neighbour;
    neighbour.answer("GET", "/x", {.body = "fine"});
    neighbour.fail_next(Fault::slow(milliseconds(80)));
    const auto begin = std::chrono::steady_clock::now();
    const auto answer = fetch(neighbour, get("/x"));
    REQUIRE_THAT(answer, ContainsSubstring("fine"));
    REQUIRE(std::chrono::steady_clock::now() - begin >= milliseconds(80));
}

TEST_CASE("an answer that never comes leaves the connection open", "[testing]") {
    HttpNeighbour neighbour;
    neighbour.fail_next(Fault::never_answer());
    RawClient client(neighbour.port());
    client.send(get("/x"));
    neighbour.wait_for_requests(1);
    const auto nothing = client.receive_all(milliseconds(100));
    REQUIRE(nothing.empty());
    REQUIRE(client.last_error() == EAGAIN);
}

TEST_CASE("an answer breaks off after the given bytes, its effect done", "[testing]") {
    HttpNeighbour neighbour;
    int effects = 0;
    neighbour.handle("POST", "/x", [&effects](const NeighbourRequest&) {
        ++effects;
        return NeighbourResponse{.body = "effect"};
    });
    const std::string post = "POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n";
    neighbour.fail_next(Fault::break_off_after(10));
    const auto part = fetch(neighbour, post);
    neighbour.fail_next(Fault::lose_answer());
    const auto lost = fetch(neighbour, post);
    neighbour.refuse();  // Also orders the handler's writes before the reads here.
    REQUIRE(part == "HTTP/1.1 2");
    REQUIRE(lost.empty());
    REQUIRE(effects == 2);
}

TEST_CASE("a reset is a reset on the wire", "[testing]") {
    HttpNeighbour neighbour;
    neighbour.fail_next(Fault::reset());
    RawClient client(neighbour.port());
    client.send(get("/x"));
    const auto nothing = client.receive_all();
    REQUIRE(nothing.empty());
    REQUIRE(client.last_error() == ECONNRESET);
}

TEST_CASE("garbage is no HTTP", "[testing]") {
    HttpNeighbour neighbour;
    neighbour.fail_next(Fault::garbage());
    const auto bytes = fetch(neighbour, get("/x"));
    REQUIRE_FALSE(bytes.empty());
    REQUIRE_FALSE(bytes.starts_with("HTTP"));
}

TEST_CASE("a refusing neighbour comes back on the same port", "[testing]") {
    HttpNeighbour neighbour;
    neighbour.answer("GET", "*", {.body = "fine"});
    RawClient idle(neighbour.port());
    idle.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    neighbour.wait_for_requests(1);

    neighbour.refuse();
    const RawClient refused(neighbour.port());
    const auto rest = idle.receive_all();
    neighbour.accept();
    const auto answer = fetch(neighbour, get("/"));

    REQUIRE_FALSE(refused.connected());
    REQUIRE(idle.last_error() != EAGAIN);
    REQUIRE_THAT(answer, ContainsSubstring("fine"));
}

TEST_CASE("connections are dropped while the port stays open", "[testing]") {
    HttpNeighbour neighbour;
    RawClient idle(neighbour.port());
    idle.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    neighbour.wait_for_requests(1);
    neighbour.drop_connections();
    idle.receive_all();
    const RawClient next(neighbour.port());
    REQUIRE(idle.last_error() != EAGAIN);
    REQUIRE(next.connected());
}

TEST_CASE("waiting for requests ends when they come, and fails when they do not", "[testing]") {
    HttpNeighbour neighbour;
    auto waiter =
        std::async(std::launch::async, [&] { return neighbour.wait_for_requests(1).size(); });
    fetch(neighbour, get("/"));
    REQUIRE(waiter.get() == 1);
    REQUIRE_THROWS_WITH(
        neighbour.wait_for_requests(5, milliseconds(10)), ContainsSubstring("but 1 came")
    );
    neighbour.forget_requests();
    REQUIRE(neighbour.requests().empty());
}

}  // namespace trunkline::testing
