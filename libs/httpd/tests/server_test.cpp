#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "base/log.hpp"
#include "httpd/stream.hpp"
#include "net/event.hpp"
#include "net/sleep.hpp"
#include "server_fixture.hpp"
#include "testing/catch.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace trunkline::httpd;
using namespace trunkline::httpd::test;

namespace {

std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

asio::awaitable<Response> echo(const Request& request) { co_return Response::text(request.body); }

asio::awaitable<Response> show(const Request& request) {
    co_return Response::text(
        request.method + " " + request.path + " " + std::string(request.param("id")) + " " +
        request.query_param("q").value_or("-") + " " + request.remote.to_string()
    );
}

asio::awaitable<Response> fail(const Request&) {
    co_await net::sleep_for(std::chrono::milliseconds(1));
    throw std::runtime_error("a defect");
}

asio::awaitable<Response> vanish(const Request&) { co_return Response::reset(); }

Router make_router() {
    Router router;
    router.add("POST", "/vanish", vanish);
    router.add("POST", "/echo", echo);
    router.add("GET", "/show/{id}", show);
    router.add("GET", "/fail", fail);
    router.add("POST", "/small", echo, {.body_limit = 10});
    router.add("POST", "/big", echo, {.body_limit = 8UL << 20});
    router.add("GET", "/internal/thing", show, {.access = Access::internal});
    router.add("GET", "/thing", show, {.access = Access::internal});
    router.add("GET", "/admin", show, {.access = Access::admin});
    return router;
}

void serve(const std::function<asio::awaitable<void>(Server&)>& body) {
    with_server(make_settings(), make_router(), body);
}

}  // namespace

TEST_CASE("one connection carries many requests", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        for (int round = 0; round < 50; ++round) {
            co_await client.send(post("/echo", "round " + std::to_string(round)));
            const auto response = co_await client.receive();
            REQUIRE(response.status == 200);
            REQUIRE(response.body == "round " + std::to_string(round));
            REQUIRE(response.header("Date").size() == 29);
            REQUIRE(response.header("Connection").empty());
        }
        REQUIRE(server.connections() == 1);
    });
}

TEST_CASE("pipelined requests are answered in order", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        std::string all;
        for (int index = 0; index < 200; ++index) {
            all += post("/echo", std::to_string(index));
        }
        co_await client.send(all);
        for (int index = 0; index < 200; ++index) {
            const auto response = co_await client.receive();
            REQUIRE(response.body == std::to_string(index));
        }
    });
}

TEST_CASE("requests may come byte by byte, with empty lines between them", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        const std::string text = "\r\n" + post("/echo", "first") +
                                 "\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                                 "chunked\r\n\r\n3\r\nsec\r\n3\r\nond\r\n0\r\n\r\n";
        for (const char byte : text) {
            co_await client.send(std::string(1, byte));
        }
        const auto first = co_await client.receive();
        const auto second = co_await client.receive();
        CHECK(first.body == "first");
        CHECK(second.body == "second");
    });
}

TEST_CASE("large bodies go both ways", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        const std::string body(5UL << 20, 'x');
        const auto response = co_await ask(server.port(), post("/big", body));
        CHECK(response.status == 200);
        CHECK(response.body == body);
    });
}

TEST_CASE("a handler can end the connection without an answer", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send(post("/echo", "first"));
        const auto first = co_await client.receive();
        CHECK(first.body == "first");
        co_await client.send(post("/vanish", "second"));
        const bool at_end = co_await client.is_at_end();
        CHECK(at_end);
        const auto other = co_await ask(server.port(), post("/echo", "third"));
        CHECK(other.body == "third");
    });
}

TEST_CASE("connections end when the client asks for it", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        for (const char* request :
             {"GET /show/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
              "GET /show/1 HTTP/1.0\r\n\r\n"}) {
            RawClient client(co_await asio::this_coro::executor);
            co_await client.connect(server.port());
            co_await client.send(request);
            const auto response = co_await client.receive();
            CHECK(response.status == 200);
            CHECK(response.header("Connection") == "close");
            const bool at_end = co_await client.is_at_end();
            CHECK(at_end);
        }
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        for (int round = 0; round < 2; ++round) {
            co_await client.send("GET /show/1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            const auto response = co_await client.receive();
            CHECK(response.header("Connection") == "keep-alive");
        }
    });
}

TEST_CASE("a handler sees path, query and address", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        const auto response = co_await get(server.port(), "/show/%2B375?q=a+b%26");
        CHECK(response.body == "GET /show/%2B375 +375 a b& 127.0.0.1");
        const auto absolute = co_await get(server.port(), "http://a/show/1?q=2");
        CHECK(absolute.body == "GET /show/1 1 2 127.0.0.1");
    });
}

TEST_CASE("HEAD and OPTIONS come with every GET route", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send("HEAD /show/1 HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto head = co_await client.receive(false);
        CHECK(head.status == 200);
        CHECK(head.header("Content-Length") == "26");
        co_await client.send("OPTIONS /show/1 HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto options = co_await client.receive();
        CHECK(options.status == 204);
        CHECK(options.header("Allow") == "OPTIONS, GET, HEAD");
        co_await client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto any = co_await client.receive();
        CHECK(any.status == 204);
    });
}

TEST_CASE("every error is a problem with its status", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        const std::pair<std::string, unsigned> cases[] = {
            {"NONSENSE\r\n\r\n", 400},
            {"GET /show/1 HTTP/1.1\r\n\r\n", 400},
            {"GET relative HTTP/1.1\r\nHost: a\r\n\r\n", 400},
            {"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", 400},
            {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: "
             "chunked\r\n\r\n0\r\n\r\n",
             400},
            {"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404},
            {"DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n", 405},
            {"POST /echo HTTP/1.0\r\n\r\n", 411},
            {post("/small", "eleven byte"), 413},
            {"POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\neleven "
             "byte\r\n0\r\n\r\n",
             413},
            {"GET /show/1 HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", 417},
            {"GET /show/1 HTTP/1.1\r\nHost: a\r\nX: " + std::string(20000, 'x') + "\r\n\r\n", 431},
            {"GET /" + std::string(20000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
            {"GET /fail HTTP/1.1\r\nHost: a\r\n\r\n", 500},
            {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
            {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
        };
        for (const auto& [request, status] : cases) {
            const auto response = co_await ask(server.port(), request);
            CAPTURE(request.substr(0, 60));
            CHECK(response.status == status);
            CHECK(response.header("Content-Type") == "application/problem+json");
            CHECK_THAT(response.body, ContainsSubstring("\"status\":" + std::to_string(status)));
            CHECK_FALSE(response.header("X-Request-Id").empty());
        }
        const auto not_allowed =
            co_await ask(server.port(), "DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK(not_allowed.header("Allow") == "OPTIONS, POST");
    });
}

TEST_CASE("an exception ends the request, not the connection", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send("GET /fail HTTP/1.1\r\nHost: a\r\nX-Request-Id: my-id\r\n\r\n");
        const auto broken = co_await client.receive();
        CHECK(broken.status == 500);
        CHECK(broken.header("X-Request-Id") == "my-id");
        CHECK_THAT(broken.body, !ContainsSubstring("defect"));
        co_await client.send(post("/echo", "still here"));
        const auto response = co_await client.receive();
        CHECK(response.body == "still here");
    });
}

TEST_CASE("a small refused body is skipped, a large one ends the connection", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send(post("/nothing", std::string(1000, 'x')) + post("/echo", "next"));
        const auto refused = co_await client.receive();
        CHECK(refused.status == 404);
        const auto next = co_await client.receive();
        CHECK(next.body == "next");
        co_await client.send(post("/nothing", std::string(1000000, 'x')));
        const auto large = co_await client.receive();
        CHECK(large.status == 404);
        CHECK(large.header("Connection") == "close");
        const bool at_end = co_await client.is_at_end();
        CHECK(at_end);
    });
}

TEST_CASE("who expects 100-continue gets it, or the refusal", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        RawClient client(co_await asio::this_coro::executor);
        co_await client.connect(server.port());
        co_await client.send(
            "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        );
        const auto go_on = co_await client.receive();
        CHECK(go_on.status == 100);
        co_await client.send("hello");
        const auto response = co_await client.receive();
        CHECK(response.body == "hello");
        co_await client.send(
            "POST /small HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
            "5000\r\n\r\n"
        );
        const auto refused = co_await client.receive();
        CHECK(refused.status == 413);
    });
}

TEST_CASE("request id and trace are taken over or made, and sent back", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        const auto given = co_await get(
            server.port(),
            "/show/1",
            "X-Request-Id: abc.1\r\ntraceparent: "
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
        );
        CHECK(given.header("X-Request-Id") == "abc.1");
        CHECK(
            given.header("traceparent") == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        );
        const auto made = co_await get(
            server.port(), "/show/1", "X-Request-Id: a b\r\ntraceparent: nonsense\r\n"
        );
        CHECK(made.header("X-Request-Id").size() == 16);
        CHECK(base::TraceContext::parse(made.header("traceparent")));
        const auto other = co_await get(server.port(), "/show/1");
        CHECK(other.header("X-Request-Id") != made.header("X-Request-Id"));
    });
}

TEST_CASE("access is judged by address and token", "[httpd]") {
    auto settings = make_settings();
    settings.internal_token = "internal-secret";
    settings.admin_token = "admin-secret";
    settings.trusted_proxies = net::parse_networks("127.0.0.0/8").value();
    with_server(std::move(settings), make_router(), [](Server& server) -> asio::awaitable<void> {
        struct Case {
            const char* path;
            const char* fields;
            unsigned status;
        };
        const Case cases[] = {
            {"/thing", "", 200},
            {"/thing", "X-Forwarded-For: 8.8.8.8\r\n", 401},
            {"/thing", "X-Forwarded-For: 127.0.0.1, 8.8.8.8\r\n", 401},
            {"/thing", "X-Forwarded-For: 8.8.8.8\r\nAuthorization: Bearer wrong\r\n", 403},
            {"/thing", "X-Forwarded-For: 8.8.8.8\r\nAuthorization: Bearer internal-secret\r\n", 200
            },
            {"/internal/thing", "X-Real-IP: 8.8.8.8\r\n", 403},
            {"/internal/thing", "Forwarded: for=8.8.8.8\r\n", 403},
            {"/internal/thing", "", 200},
            {"/admin", "", 401},
            {"/admin", "Authorization: Bearer internal-secret\r\n", 403},
            {"/admin", "Authorization: Bearer admin-secret\r\n", 200},
        };
        for (const auto& each : cases) {
            const auto response = co_await get(server.port(), each.path, each.fields);
            CAPTURE(each.path, each.fields);
            CHECK(response.status == each.status);
        }
        const auto missing = co_await get(server.port(), "/admin");
        CHECK(missing.header("WWW-Authenticate") == "Bearer");
    });
}

TEST_CASE("an untrusted peer cannot lend itself an address", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        const auto response =
            co_await get(server.port(), "/show/1", "X-Forwarded-For: 8.8.8.8\r\n");
        CHECK_THAT(response.body, ContainsSubstring("127.0.0.1"));
        const auto admin = co_await get(server.port(), "/admin");
        CHECK(admin.status == 200);
    });
}

TEST_CASE("requests are counted by route, method and status", "[httpd]") {
    const std::function<asio::awaitable<void>(Server&, metrics::Registry&)> body =
        [](Server& server, metrics::Registry& registry) -> asio::awaitable<void> {
        co_await get(server.port(), "/show/1");
        co_await get(server.port(), "/show/2");
        co_await get(server.port(), "/nothing");
        co_await ask(server.port(), "BREW /show/1 HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto shown = registry
                               .counter(
                                   "http_requests_total",
                                   "",
                                   {{"route", "/show/{id}"}, {"method", "GET"}, {"status", "200"}}
                               )
                               .value();
        CHECK(shown == 2);
        const auto lost = registry
                              .counter(
                                  "http_requests_total",
                                  "",
                                  {{"route", "none"}, {"method", "GET"}, {"status", "404"}}
                              )
                              .value();
        CHECK(lost == 1);
        CHECK_THAT(registry.render(), ContainsSubstring("method=\"OTHER\""));
        CHECK_THAT(
            registry.render(),
            ContainsSubstring("http_request_seconds_count{route=\"/show/{id}\"} 2")
        );
        co_await until([&] { return registry.gauge("http_connections", "").value() == 0; });
    };
    with_server(make_settings(), make_router(), body);
}

TEST_CASE("the access log has one line per request and no secrets", "[httpd]") {
    const testing::TempFolder folder;
    REQUIRE(base::open_log({.folder = folder.path(), .file = "main.log"}));
    auto settings = make_settings();
    settings.access_log = true;
    auto router = make_router();
    router.add("GET", "/hooks/{key}", show, {.secret_path = true});
    with_server(
        std::move(settings),
        std::move(router),
        [](Server& server) -> asio::awaitable<void> {
            co_await ask(
                server.port(), post("/echo?token=topsecret", "12345", "X-Request-Id: req-1\r\n")
            );
            co_await get(server.port(), "/hooks/verysecret");
            co_await get(server.port(), "/bot123:AAAsecret/getMe");
        }
    );
    base::close_log();
    std::ifstream file(folder.path() / "access.log");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    CHECK_THAT(text, ContainsSubstring("127.0.0.1 \"POST /echo\" 200 5 "));
    CHECK_THAT(text, ContainsSubstring("ms id=req-1 trace="));
    CHECK_THAT(text, ContainsSubstring("\"GET /hooks/{key}\" 200"));
    CHECK_THAT(text, ContainsSubstring("\"GET /bot***/getMe\" 404"));
    CHECK_THAT(text, !ContainsSubstring("secret"));
}

TEST_CASE("files come with types, tags, ranges and nothing from outside", "[httpd]") {
    const testing::TempFolder folder;
    const auto root = folder.path() / "pages";
    std::filesystem::create_directory(root);
    std::ofstream(root / "index.html") << "<p>hello";
    const std::string large(3UL << 20, 'r');
    std::ofstream(root / "call.wav") << large;
    std::ofstream(folder.path() / "secret") << "secret";
    Router router;
    router.add_files("/ui", root);
    with_server(make_settings(), std::move(router), [&](Server& server) -> asio::awaitable<void> {
        const auto index = co_await get(server.port(), "/ui/");
        CHECK(index.body == "<p>hello");
        CHECK(index.header("Content-Type") == "text/html; charset=utf-8");
        const auto moved = co_await get(server.port(), "/ui");
        CHECK(moved.status == 308);
        CHECK(moved.header("Location") == "/ui/");
        const auto whole = co_await get(server.port(), "/ui/call.wav");
        CHECK(whole.body == large);
        const auto tag = std::string(whole.header("ETag"));
        const auto same =
            co_await get(server.port(), "/ui/call.wav", "If-None-Match: " + tag + "\r\n");
        CHECK(same.status == 304);
        CHECK(same.header("ETag") == tag);
        const auto part = co_await get(server.port(), "/ui/call.wav", "Range: bytes=100-199\r\n");
        CHECK(part.status == 206);
        CHECK(part.body.size() == 100);
        CHECK(part.header("Content-Range") == "bytes 100-199/3145728");
        const auto outside =
            co_await get(server.port(), "/ui/call.wav", "Range: bytes=4000000-\r\n");
        CHECK(outside.status == 416);
        CHECK(outside.header("Content-Range") == "bytes */3145728");
        const auto head =
            co_await ask(server.port(), "HEAD /ui/call.wav HTTP/1.1\r\nHost: a\r\n\r\n", false);
        CHECK(head.header("Content-Length") == "3145728");
        for (const char* attack :
             {"/ui/../secret",
              "/ui/%2e%2e/secret",
              "/ui/..%2fsecret",
              "/ui/%2e%2e%2fsecret",
              "/ui//../secret",
              "/ui/..%5csecret",
              "/ui/call.wav%00.html",
              "/ui/./index.html"}) {
            const auto response = co_await get(server.port(), attack);
            CAPTURE(attack);
            CHECK(response.status == 404);
        }
    });
}

TEST_CASE("a taken port and a bad host stop the start with one clear line", "[httpd]") {
    serve([](Server& server) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        metrics::Registry registry;
        auto settings = make_settings();
        settings.port = server.port();
        Server second(executor, settings, Router(), registry);
        CHECK_THROWS_WITH(
            second.listen(), "port " + std::to_string(server.port()) + " on 127.0.0.1 is taken"
        );
        settings.host = "no-such-host";
        Server third(executor, settings, Router(), registry);
        CHECK_THROWS_WITH(third.listen(), "\"no-such-host\" is not an address to listen on");
    });
}

TEST_CASE("two workers share a port", "[httpd]") {
    auto settings = make_settings();
    settings.reuse_port = true;
    with_server(settings, make_router(), [&](Server& server) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        metrics::Registry registry;
        settings.port = server.port();
        Server second(executor, settings, make_router(), registry);
        second.listen();
        const auto response = co_await get(server.port(), "/show/1");
        CHECK(response.status == 200);
        co_await second.drain(net::deadline_in(std::chrono::seconds(5)));
    });
}

TEST_CASE("routes may be handled on another thread", "[httpd]") {
    asio::io_context other(1);
    auto work = asio::make_work_guard(other);
    std::thread thread([&other] { other.run(); });
    Router theirs;
    theirs.add(
        "GET",
        "/where/{id}",
        [id = thread.get_id()](const Request& request) -> asio::awaitable<Response> {
            co_await net::sleep_for(std::chrono::milliseconds(1));
            const bool there = std::this_thread::get_id() == id;
            co_return Response::text(
                std::string(request.param("id")) + (there ? " there" : " here")
            );
        }
    );
    Router router;
    router.add("GET", "/local", show);
    router.add_all(theirs, other.get_executor());
    with_server(make_settings(), std::move(router), [](Server& server) -> asio::awaitable<void> {
        for (int i = 0; i < 20; ++i) {
            const auto response = co_await get(server.port(), "/where/" + std::to_string(i));
            CHECK(response.body == std::to_string(i) + " there");
        }
        const auto local = co_await get(server.port(), "/local");
        CHECK(local.status == 200);
    });
    work.reset();
    thread.join();
}

TEST_CASE("streams belong to their own server", "[httpd]") {
    asio::io_context other(1);
    Router theirs;
    theirs.add_stream("/news", [](const Request&, EventStream&) -> asio::awaitable<void> {
        co_return;
    });
    Router router;
    CHECK_THROWS_AS(router.add_all(theirs, other.get_executor()), std::logic_error);
}
