#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>

#include "httpd/stream.hpp"
#include "httpd/websocket.hpp"
#include "net/event.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "server_fixture.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::httpd;
using namespace trunkline::httpd::test;

namespace websocket = boost::beast::websocket;

namespace {

using Client = websocket::stream<asio::ip::tcp::socket>;

asio::awaitable<boost::beast::error_code> connect(
    Client& client, std::uint16_t port, std::string path
) {
    const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    co_await client.next_layer().async_connect(endpoint, asio::use_awaitable);
    auto [error] = co_await client.async_handshake("a", path, asio::as_tuple(asio::use_awaitable));
    co_return error;
}

struct Received {
    boost::beast::error_code error;
    std::string text;
};

asio::awaitable<Received> read(Client& client) {
    boost::beast::flat_buffer buffer;
    auto [error, size] = co_await client.async_read(buffer, asio::as_tuple(asio::use_awaitable));
    co_return Received{error, boost::beast::buffers_to_string(buffer.data())};
}

asio::awaitable<void> write(Client& client, std::string text) {
    co_await client.async_write(asio::buffer(text), asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> echo(const Request&, WebSocket& socket) {
    while (socket.is_open()) {
        auto message = co_await socket.receive();
        if (!message || !*message) {
            co_return;
        }
        const auto sent = co_await socket.send(std::move(**message));
        if (!sent) {
            co_return;
        }
    }
}

asio::awaitable<void> wait_for_ever() { co_await net::sleep_until(net::Deadline::max()); }

}  // namespace

TEST_CASE(
    "events reach the client as they are sent, and the stream ends with its handler", "[httpd]"
) {
    Router router;
    router.add_stream("/events", [](const Request&, EventStream& stream) -> asio::awaitable<void> {
        const bool first = co_await stream.send("call", "{\"a\":1}", "1");
        CHECK(first);
        const bool second =
            co_await stream.send("", "last: " + std::string(stream.last_event_id()));
        CHECK(second);
    });
    with_server(make_settings(), std::move(router), [](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send("GET /events HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 41\r\n\r\n");
        const auto text = co_await client.read_to_end();
        CHECK_THAT(text, ContainsSubstring("Content-Type: text/event-stream\r\n"));
        CHECK_THAT(text, ContainsSubstring("event: call\nid: 1\ndata: {\"a\":1}\n\n"));
        CHECK_THAT(text, ContainsSubstring("data: last: 41\n\n"));
        CHECK_THAT(text, Catch::Matchers::EndsWith("0\r\n\r\n"));
        RawClient old(co_await asio::this_coro::executor);
        co_await old.connect(server.port());
        co_await old.send("GET /events HTTP/1.0\r\n\r\n");
        const auto plain = co_await old.read_to_end();
        CHECK_THAT(plain, Catch::Matchers::EndsWith("data: last: \n\n"));
    });
}

TEST_CASE("a silent stream is kept alive by comments", "[httpd]") {
    Router router;
    router.add_stream("/events", [](const Request&, EventStream&) { return wait_for_ever(); });
    auto settings = make_settings();
    settings.stream_keepalive = std::chrono::milliseconds(20);
    with_server(settings, std::move(router), [](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto text = co_await client.read_until(": keep-alive\n\n");
        CHECK_THAT(text, ContainsSubstring("200 OK"));
        CHECK_THAT(text, ContainsSubstring(": keep-alive"));
    });
}

TEST_CASE("a stream's handler ends when its peer goes", "[httpd]") {
    bool ended = false;
    Router router;
    router.add_stream("/events", [&](const Request&, EventStream& stream) -> asio::awaitable<void> {
        struct End {
            bool& flag;
            ~End() { flag = true; }
        } end{ended};
        co_await stream.start();
        co_await wait_for_ever();
    });
    with_server(make_settings(), std::move(router), [&](Server& server) -> asio::awaitable<void> {
        {
            RawClient client(co_await asio::this_coro::executor);
            co_await client.connect(server.port());
            co_await client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
            co_await client.read_until("200 OK");
            CHECK_FALSE(ended);
        }
        co_await until([&] { return ended && server.connections() == 0; });
    });
}

TEST_CASE("a peer that does not read its events is cut off", "[httpd]") {
    bool stopped = false;
    Router router;
    router.add_stream("/events", [&](const Request&, EventStream& stream) -> asio::awaitable<void> {
        const std::string data(100000, 'x');
        bool sent = true;
        while (sent) {
            sent = co_await stream.send("", data);
        }
        stopped = true;
    });
    auto settings = make_settings();
    settings.write_timeout = std::chrono::milliseconds(100);
    with_server(settings, std::move(router), [&](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
        co_await until([&] { return stopped && server.connections() == 0; });
    });
}

TEST_CASE("a stream can be refused before it begins, and fails with 500", "[httpd]") {
    Router router;
    router.add_stream("/refused", [](const Request&, EventStream& stream) -> asio::awaitable<void> {
        const bool accepted = stream.refuse(problem(404, "", "No such run."));
        CHECK(accepted);
        co_return;
    });
    router.add_stream("/broken", [](const Request&, EventStream&) -> asio::awaitable<void> {
        throw std::runtime_error("a defect");
        co_return;
    });
    with_server(make_settings(), std::move(router), [](Server& server) -> asio::awaitable<void> {
        const auto refused = co_await get(server.port(), "/refused");
        CHECK(refused.status == 404);
        const auto broken = co_await get(server.port(), "/broken");
        CHECK(broken.status == 500);
    });
}

TEST_CASE("a drain ends streams in an orderly way", "[httpd]") {
    Router router;
    router.add_stream("/events", [](const Request&, EventStream& stream) -> asio::awaitable<void> {
        co_await stream.send("", "one");
        co_await wait_for_ever();
    });
    with_server(make_settings(), std::move(router), [](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
        co_await client.read_until("data: one");
        co_await server.drain(net::deadline_in(std::chrono::seconds(20)));
        const auto rest = co_await client.read_to_end();
        CHECK_THAT(rest, Catch::Matchers::EndsWith("0\r\n\r\n"));
    });
}

TEST_CASE("a WebSocket echoes, negotiates a subprotocol and closes", "[httpd]") {
    Router router;
    WebSocketOptions options;
    options.subprotocols = {"desk.v2", "desk.v1"};
    router.add_websocket("/ws", echo, {}, options);
    with_server(make_settings(), std::move(router), [](Server& server) -> asio::awaitable<void> {
        Client client(co_await asio::this_coro::executor);
        client.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
            request.set("Sec-WebSocket-Protocol", "other, desk.v1");
        }));
        websocket::response_type response;
        const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), server.port());
        co_await client.next_layer().async_connect(endpoint, asio::use_awaitable);
        co_await client.async_handshake(response, "a", "/ws", asio::use_awaitable);
        CHECK(response["Sec-WebSocket-Protocol"] == "desk.v1");
        for (int round = 0; round < 20; ++round) {
            co_await write(client, "message " + std::to_string(round));
            const auto received = co_await read(client);
            REQUIRE(received.text == "message " + std::to_string(round));
        }
        co_await client.async_close(
            websocket::close_code::normal, asio::as_tuple(asio::use_awaitable)
        );
        co_await until([&] { return server.connections() == 0; });
    });
}

TEST_CASE("many messages queue without loss in both directions", "[httpd]") {
    Router router;
    router.add_websocket("/ws", echo);
    with_server(make_settings(), std::move(router), [](Server& server) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Client client(executor);
        const auto error = co_await connect(client, server.port(), "/ws");
        REQUIRE_FALSE(error);
        constexpr int count = 1000;
        net::TaskGroup tasks(executor, "test");
        const auto send_all = [&client]() -> asio::awaitable<void> {
            for (int index = 0; index < count; ++index) {
                co_await write(client, std::to_string(index));
            }
        };
        tasks.spawn("sender", send_all());
        for (int index = 0; index < count; ++index) {
            const auto received = co_await read(client);
            REQUIRE(received.text == std::to_string(index));
        }
        co_await tasks.join();
        client.next_layer().close();
        co_await until([&] { return server.connections() == 0; });
    });
}

TEST_CASE("a message over the limit ends the WebSocket with 1009", "[httpd]") {
    Router router;
    std::string seen;
    WebSocketOptions options;
    options.max_message_bytes = 100;
    router.add_websocket(
        "/ws",
        [&](const Request&, WebSocket& socket) -> asio::awaitable<void> {
            const auto message = co_await socket.receive();
            seen = message ? "a message" : base::to_string(message.error().code);
        },
        {},
        options
    );
    with_server(make_settings(), std::move(router), [&](Server& server) -> asio::awaitable<void> {
        Client client(co_await asio::this_coro::executor);
        co_await connect(client, server.port(), "/ws");
        co_await write(client, std::string(101, 'x'));
        const auto received = co_await read(client);
        CHECK(received.error == websocket::error::closed);
        CHECK(client.reason().code == websocket::close_code::too_big);
        co_await until([&] { return server.connections() == 0; });
        CHECK(seen == "too_large");
    });
}

TEST_CASE("the handler's end closes with 1000, its exception with 1011", "[httpd]") {
    Router router;
    router.add_websocket("/end", [](const Request&, WebSocket& socket) -> asio::awaitable<void> {
        co_await socket.send("bye");
    });
    router.add_websocket("/close", [](const Request&, WebSocket& socket) -> asio::awaitable<void> {
        co_await socket.close(4001, "custom");
    });
    router.add_websocket("/fail", [](const Request&, WebSocket&) -> asio::awaitable<void> {
        throw std::runtime_error("a defect");
        co_return;
    });
    with_server(make_settings(), std::move(router), [](Server& server) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::pair<const char*, std::uint16_t> cases[] = {
            {"/end", 1000}, {"/close", 4001}, {"/fail", 1011}
        };
        for (const auto& [path, code] : cases) {
            Client client(executor);
            co_await connect(client, server.port(), path);
            auto received = co_await read(client);
            if (!received.error) {
                CHECK(received.text == "bye");
                received = co_await read(client);
            }
            CAPTURE(path);
            CHECK(received.error == websocket::error::closed);
            CHECK(client.reason().code == code);
        }
        co_await until([&] { return server.connections() == 0; });
    });
}

TEST_CASE("a silent WebSocket is pinged, a dead one dropped", "[httpd]") {
    Router router;
    WebSocketOptions options;
    options.idle_timeout = std::chrono::milliseconds(200);
    router.add_websocket("/ws", echo, {}, options);
    with_server(make_settings(), std::move(router), [](Server& server) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Client alive(executor);
        Client dead(executor);
        co_await connect(alive, server.port(), "/ws");
        co_await connect(dead, server.port(), "/ws");
        int pings = 0;
        alive.control_callback([&](websocket::frame_type kind, boost::beast::string_view) {
            pings += kind == websocket::frame_type::ping ? 1 : 0;
        });
        net::TaskGroup tasks(executor, "test");
        const auto read_all = [&alive]() -> asio::awaitable<void> { co_await read(alive); };
        tasks.spawn("reader", read_all());
        co_await until([&] { return pings >= 3 && server.connections() == 1; });
        alive.next_layer().close();
        co_await tasks.join();
    });
}

TEST_CASE("a handler that only sends ends when its peer goes", "[httpd]") {
    Router router;
    router.add_websocket("/ws", [](const Request&, WebSocket&) { return wait_for_ever(); });
    with_server(make_settings(), std::move(router), [](Server& server) -> asio::awaitable<void> {
        Client client(co_await asio::this_coro::executor);
        co_await connect(client, server.port(), "/ws");
        CHECK(server.connections() == 1);
        client.next_layer().close();
        co_await until([&] { return server.connections() == 0; });
    });
}

TEST_CASE("a drain ends WebSockets with 1001", "[httpd]") {
    Router router;
    router.add_websocket("/ws", echo);
    with_server(make_settings(), std::move(router), [](Server& server) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Client client(executor);
        co_await connect(client, server.port(), "/ws");
        net::TaskGroup tasks(executor, "test");
        tasks.spawn("drain", server.drain(net::deadline_in(std::chrono::seconds(20))));
        const auto received = co_await read(client);
        CHECK(received.error == websocket::error::closed);
        CHECK(client.reason().code == websocket::close_code::going_away);
        co_await tasks.join();
        CHECK(server.connections() == 0);
    });
}

TEST_CASE("handshakes that are none are refused", "[httpd]") {
    Router router;
    router.add_websocket("/ws", echo);
    with_server(make_settings(), std::move(router), [](Server& server) -> asio::awaitable<void> {
        const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
        const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        const std::string version = "Sec-WebSocket-Version: 13\r\n";
        const std::pair<std::string, unsigned> cases[] = {
            {"", 426},
            {upgrade + key, 426},
            {upgrade + key + "Sec-WebSocket-Version: 8\r\n", 426},
            {upgrade + version, 400},
            {upgrade + key + version + "Origin: https://evil.example\r\n", 403},
            {upgrade + key + version + "Origin: http://a\r\n", 101},
        };
        for (const auto& [fields, status] : cases) {
            const auto response = co_await get(server.port(), "/ws", fields);
            CAPTURE(fields);
            CHECK(response.status == status);
        }
    });
}
