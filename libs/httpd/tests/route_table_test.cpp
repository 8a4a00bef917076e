#include "route_table.hpp"

#include "httpd/stream.hpp"
#include "httpd/websocket.hpp"
#include "testing/catch.hpp"

using namespace trunkline::httpd;

namespace {

Handler nothing() {
    return [](const Request&) -> trunkline::asio::awaitable<Response> { co_return Response(); };
}

Router make_router() {
    Router router;
    for (const char* pattern :
         {"/",
          "/calls",
          "/calls/",
          "/calls/{uuid}",
          "/calls/{uuid}/events",
          "/calls/active",
          "/bot{token}/{method}",
          "/files/{path...}",
          "/{any}/tail",
          "/openapi.json",
          "/v{major}.json"}) {
        router.add("GET", pattern, nothing());
    }
    router.add("POST", "/calls", nothing());
    router.add("DELETE", "/calls/{id}", nothing());
    return router;
}

struct Found {
    std::string pattern;
    std::vector<std::string> values;
};

Found find(const Router& router, std::string_view path, std::string_view method = "GET") {
    auto match = router.table().match({method, path, false, false});
    return {match.endpoint == nullptr ? "" : match.endpoint->pattern, std::move(match.values)};
}

}  // namespace

TEST_CASE("paths lead to patterns, literal ones first", "[httpd]") {
    const auto router = make_router();
    CHECK(find(router, "/").pattern == "/");
    CHECK(find(router, "/calls").pattern == "/calls");
    CHECK(find(router, "/calls/").pattern == "/calls/");
    CHECK(find(router, "/calls/active").pattern == "/calls/active");
    CHECK(find(router, "/calls/17").values == std::vector<std::string>{"17"});
    CHECK(find(router, "/calls/17/events").pattern == "/calls/{uuid}/events");
    CHECK(find(router, "/calls/active/events").pattern == "/calls/{uuid}/events");
    CHECK(find(router, "/calls/tail").pattern == "/calls/{uuid}");
    CHECK(find(router, "/x/tail").pattern == "/{any}/tail");
    CHECK(find(router, "/v3.json").values == std::vector<std::string>{"3"});
    CHECK(find(router, "/bot12:ab/getMe").values == std::vector<std::string>{"12:ab", "getMe"});
    CHECK(find(router, "/files/a/b/c").values == std::vector<std::string>{"a/b/c"});
    CHECK(find(router, "/files/").values == std::vector<std::string>{""});
    for (const char* unknown :
         {"/nope", "/calls/17/", "/calls//events", "/bot/getMe", "", "*", "/files", "//"}) {
        CAPTURE(unknown);
        CHECK(find(router, unknown).pattern.empty());
    }
}

TEST_CASE("parameters are decoded after the path was cut", "[httpd]") {
    const auto router = make_router();
    CHECK(find(router, "/calls/%2B375%2F29").values == std::vector<std::string>{"+375/29"});
    CHECK(find(router, "/c%61lls").pattern == "/calls");
    CHECK(find(router, "/files/%2e%2e%2fetc").values == std::vector<std::string>{"../etc"});
}

TEST_CASE("methods are told from paths", "[httpd]") {
    const auto router = make_router();
    CHECK(find(router, "/calls", "POST").pattern == "/calls");
    CHECK(find(router, "/calls", "HEAD").pattern == "/calls");
    CHECK(find(router, "/calls/5", "DELETE").values == std::vector<std::string>{"5"});
    const auto match = router.table().match({"PUT", "/calls", false, false});
    CHECK(match.endpoint == nullptr);
    CHECK(match.path_exists);
    CHECK(match.allow == "OPTIONS, GET, HEAD, POST");
    CHECK_FALSE(router.table().match({"PUT", "/nope", false, false}).path_exists);
}

TEST_CASE("one path can be a page, a stream and a WebSocket", "[httpd]") {
    Router router;
    router.add("GET", "/live", nothing());
    router.add_stream("/live", {});
    router.add_websocket("/live", {});
    router.add_websocket("/socket", {});
    router.add_stream("/events", {});
    const auto& table = router.table();
    CHECK(table.match({"GET", "/live", false, false}).endpoint->kind == Endpoint::Kind::plain);
    CHECK(table.match({"GET", "/live", false, true}).endpoint->kind == Endpoint::Kind::stream);
    CHECK(table.match({"GET", "/live", true, false}).endpoint->kind == Endpoint::Kind::websocket);
    CHECK(table.match({"GET", "/events", false, false}).endpoint->kind == Endpoint::Kind::stream);
    CHECK(table.match({"GET", "/socket", false, false}).websocket_only);
}

TEST_CASE("wrong patterns stop the start", "[httpd]") {
    Router router;
    router.add("GET", "/a/{x}", nothing());
    CHECK_THROWS_AS(router.add("GET", "/a/{y}", nothing()), std::logic_error);
    CHECK_THROWS_AS(router.add("GET", "a", nothing()), std::logic_error);
    CHECK_THROWS_AS(router.add("GET", "/{", nothing()), std::logic_error);
    CHECK_THROWS_AS(router.add("GET", "/{}", nothing()), std::logic_error);
    CHECK_THROWS_AS(router.add("GET", "/{a}{b}", nothing()), std::logic_error);
    CHECK_THROWS_AS(router.add("GET", "/{a...}/b", nothing()), std::logic_error);
}

TEST_CASE("query parameters are decoded", "[httpd]") {
    Request request;
    request.query = "a=1&b=x+y%26z&flag&a=2&%63=d";
    CHECK(request.query_param("a") == "1");
    CHECK(request.query_param("b") == "x y&z");
    CHECK(request.query_param("flag") == "");
    CHECK(request.query_param("c") == "d");
    CHECK_FALSE(request.query_param("z"));
}
