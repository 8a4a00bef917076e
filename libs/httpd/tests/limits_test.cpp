#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <list>

#include "net/event.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "server_fixture.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::httpd;
using namespace trunkline::httpd::test;

namespace {

constexpr auto short_limit = std::chrono::milliseconds(100);

asio::awaitable<Response> hello(const Request&) { co_return Response::text("hello"); }
asio::awaitable<Response> huge(const Request&) {
    co_return Response::text(std::string(64UL << 20, 'x'));
}
asio::awaitable<Response> never(const Request&) {
    co_await net::sleep_until(net::Deadline::max());
    co_return Response();
}

Router make_router() {
    Router router;
    router.add("GET", "/", hello);
    router.add("POST", "/", hello);
    router.add("GET", "/huge", huge);
    router.add("GET", "/never", never, {.deadline = std::chrono::milliseconds(50)});
    return router;
}

std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return resident * 4096;
}

}  // namespace

TEST_CASE("a head that does not come in time gets 408", "[httpd]") {
    auto settings = make_settings();
    settings.header_timeout = short_limit;
    with_server(settings, make_router(), [](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send("GET / HT");
        const auto response = co_await client.receive();
        CHECK(response.status == 408);
        CHECK(response.header("Connection") == "close");
        const bool at_end = co_await client.is_at_end();
        CHECK(at_end);
    });
}

TEST_CASE("a connection that says nothing is closed without a word", "[httpd]") {
    auto settings = make_settings();
    settings.header_timeout = short_limit;
    with_server(settings, make_router(), [](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        const bool at_end = co_await client.is_at_end();
        CHECK(at_end);
    });
}

TEST_CASE("a body that does not come in time gets 408", "[httpd]") {
    auto settings = make_settings();
    settings.body_timeout = short_limit;
    with_server(settings, make_router(), [](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123");
        const auto response = co_await client.receive();
        CHECK(response.status == 408);
        const bool at_end = co_await client.is_at_end();
        CHECK(at_end);
    });
}

TEST_CASE("an idle connection is closed after its time", "[httpd]") {
    auto settings = make_settings();
    settings.idle_timeout = short_limit;
    with_server(settings, make_router(), [](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto response = co_await client.receive();
        CHECK(response.status == 200);
        const bool at_end = co_await client.is_at_end();
        CHECK(at_end);
    });
}

TEST_CASE("a client that does not read its answer is cut off", "[httpd]") {
    auto settings = make_settings();
    settings.write_timeout = short_limit;
    with_server(settings, make_router(), [](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send("GET /huge HTTP/1.1\r\nHost: a\r\n\r\n");
        co_await until([&] { return server.connections() == 1; });
        co_await until([&] { return server.connections() == 0; });
        const auto received = co_await client.read_to_end();
        CHECK(received.size() < 64UL << 20);
    });
}

TEST_CASE("a handler past its deadline is cut and the client told", "[httpd]") {
    with_server(make_settings(), make_router(), [](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto cut = co_await client.receive();
        CHECK(cut.status == 504);
        co_await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto response = co_await client.receive();
        CHECK(response.status == 200);
    });
}

TEST_CASE("connections over the limit hear 503", "[httpd]") {
    auto settings = make_settings();
    settings.max_connections = 2;
    with_server(settings, make_router(), [](Server& server) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        std::list<RawClient> clients;
        for (int index = 0; index < 2; ++index) {
            co_await clients.emplace_back(executor).connect(server.port());
            co_await clients.back().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            const auto response = co_await clients.back().receive();
            REQUIRE(response.status == 200);
        }
        const auto refused = co_await get(server.port(), "/");
        CHECK(refused.status == 503);
        CHECK(refused.header("Retry-After") == "1");
        clients.pop_front();
        co_await until([&] { return server.connections() == 1; });
        const auto welcome = co_await get(server.port(), "/");
        CHECK(welcome.status == 200);
    });
}

TEST_CASE("a drain lets the request in hand finish and closes idle connections", "[httpd]") {
    const auto body = [](Server& server, net::Event& go, bool& reached) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        RawClient idle(executor);
        RawClient busy(executor);
        RawClient halfway(executor);
        co_await idle.connect(server.port());
        co_await idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        co_await idle.receive();
        co_await halfway.connect(server.port());
        co_await halfway.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n12");
        co_await busy.connect(server.port());
        co_await busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
        co_await until([&] { return reached && server.connections() == 3; });

        net::TaskGroup tasks(executor, "test");
        tasks.spawn("drain", server.drain(net::deadline_in(std::chrono::seconds(20))));
        const bool idle_at_end = co_await idle.is_at_end();
        CHECK(idle_at_end);
        go.notify();
        co_await halfway.send("34");
        for (auto* client : {&busy, &halfway}) {
            const auto response = co_await client->receive();
            CHECK(response.status == 200);
            CHECK(response.header("Connection") == "close");
            const bool at_end = co_await client->is_at_end();
            CHECK(at_end);
        }
        co_await tasks.join();
        CHECK(server.connections() == 0);
        RawClient late(executor);
        bool refused = false;
        try {
            co_await late.connect(server.port());
        } catch (const std::exception&) {
            refused = true;
        }
        CHECK(refused);
    };
    std::unique_ptr<net::Event> go;
    bool reached = false;
    auto router = make_router();
    router.add("GET", "/wait", [&](const Request&) -> asio::awaitable<Response> {
        reached = true;
        co_await go->wait();
        co_return Response::text("done");
    });
    with_server(make_settings(), std::move(router), [&](Server& server) -> asio::awaitable<void> {
        go = std::make_unique<net::Event>(co_await asio::this_coro::executor);
        co_await body(server, *go, reached);
    });
}

TEST_CASE("a drain is bounded by its deadline", "[httpd]") {
    auto router = make_router();
    bool reached = false;
    router.add(
        "GET",
        "/stuck",
        [&](const Request&) -> asio::awaitable<Response> {
            reached = true;
            co_await net::sleep_until(net::Deadline::max());
            co_return Response();
        },
        {.deadline = std::chrono::hours(1)}
    );
    with_server(make_settings(), std::move(router), [&](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n");
        co_await until([&] { return reached; });
        co_await server.drain(net::deadline_in(short_limit));
        CHECK(server.connections() == 0);
        const bool at_end = co_await client.is_at_end();
        CHECK(at_end);
    });
}

TEST_CASE("two thousand idle connections are cheap", "[httpd]") {
    with_server(make_settings(), make_router(), [](Server& server) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        // Sockets of the client side live in this process too; what they cost is measured first.
        constexpr std::size_t count = 2000;
        std::list<RawClient> clients;
        const auto before = resident_bytes();
        for (std::size_t index = 0; index < count; ++index) {
            co_await clients.emplace_back(executor).connect(server.port());
            co_await clients.back().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            const auto response = co_await clients.back().receive();
            REQUIRE(response.status == 200);
        }
        REQUIRE(server.connections() == count);
        const auto each = (resident_bytes() - before) / count;
        WARN("memory per idle connection, both ends in one process: " << each << " bytes");
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && \
    !__has_feature(thread_sanitizer)
        CHECK(each < 20UL * 1024);
#endif
    });
}
