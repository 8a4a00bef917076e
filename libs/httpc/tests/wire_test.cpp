#include "wire.hpp"

#include <string>

#include "testing/catch.hpp"

using namespace trunkline::httpc;
using trunkline::base::Errc;
using trunkline::base::TraceContext;

namespace {

trunkline::base::Result<std::string> bytes_of(const Request& request) {
    const auto url = Url::parse(request.url);
    REQUIRE(url.has_value());
    return serialise(request, *url, "trunkline/1.2.3");
}

Request to(std::string method, std::string url) {
    Request request;
    request.method = std::move(method);
    request.url = std::move(url);
    return request;
}

}  // namespace

TEST_CASE("a GET is written with the least headers", "[httpc]") {
    const auto bytes = bytes_of(to("GET", "https://a.example/x?y=1#z"));
    REQUIRE(bytes.has_value());
    CHECK(
        *bytes == "GET /x?y=1 HTTP/1.1\r\nHost: a.example\r\nUser-Agent: trunkline/1.2.3\r\n\r\n"
    );
}

TEST_CASE("a body goes with its length, and a POST says so even without one", "[httpc]") {
    auto request = to("POST", "http://[::1]:8080/");
    request.headers = {{"Content-Type", "application/json"}, {"X-Name", "caf\xc3\xa9\t1"}};
    request.body = "{}";
    const auto bytes = bytes_of(request);
    REQUIRE(bytes.has_value());
    CHECK(
        *bytes ==
        "POST / HTTP/1.1\r\nHost: [::1]:8080\r\nUser-Agent: trunkline/1.2.3\r\nContent-Type: "
        "application/json\r\n"
        "X-Name: caf\xc3\xa9\t1\r\nContent-Length: 2\r\n\r\n{}"
    );
    const auto empty = bytes_of(to("POST", "http://a.example/"));
    REQUIRE(empty.has_value());
    CHECK_THAT(*empty, ContainsSubstring("\r\nContent-Length: 0\r\n"));
}

TEST_CASE("a trace goes out as a span of its own", "[httpc]") {
    auto request = to("GET", "http://a.example/");
    request.trace = TraceContext::make();
    const auto bytes = bytes_of(request);
    REQUIRE(bytes.has_value());
    CHECK_THAT(*bytes, ContainsSubstring("\r\ntraceparent: 00-" + request.trace->trace_id + "-"));
    CHECK(bytes->find(request.trace->span_id) == std::string::npos);
}

TEST_CASE("a caller may name itself", "[httpc]") {
    auto request = to("GET", "http://a.example/");
    request.headers = {{"user-agent", "mine"}};
    const auto bytes = bytes_of(request);
    REQUIRE(bytes.has_value());
    CHECK(bytes->find("trunkline") == std::string::npos);
}

TEST_CASE("what would break the message is refused", "[httpc]") {
    for (const std::string method : {"", "GE T", "GET\r\n", "CONNECT"}) {
        INFO(method);
        const auto bytes = bytes_of(to(method, "http://a.example/"));
        REQUIRE_FALSE(bytes.has_value());
        CHECK(bytes.error().code == Errc::invalid_input);
    }
    const Headers wrong = {
        {"", "x"},
        {"A B", "x"},
        {"A:", "x"},
        {"A", "x\r\nB: y"},
        {"A", "x\n"},
        {"A", std::string("x\0y", 3)},
        {"A", "\x7f"},
        {"Host", "x"},
        {"content-length", "5"},
        {"Transfer-Encoding", "chunked"},
        {"CONNECTION", "close"},
        {"Expect", "100-continue"},
    };
    for (const auto& header : wrong) {
        INFO(header.first);
        auto request = to("GET", "http://a.example/");
        request.headers = {header};
        const auto bytes = bytes_of(request);
        REQUIRE_FALSE(bytes.has_value());
        CHECK(bytes.error().code == Errc::invalid_input);
    }
}

TEST_CASE("idempotent methods are those of RFC 9110", "[httpc]") {
    CHECK(is_idempotent("GET"));
    CHECK(is_idempotent("PUT"));
    CHECK(is_idempotent("DELETE"));
    CHECK_FALSE(is_idempotent("POST"));
    CHECK_FALSE(is_idempotent("PATCH"));
    CHECK_FALSE(is_idempotent("get"));
}
