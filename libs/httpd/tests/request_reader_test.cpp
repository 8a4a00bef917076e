#include "request_reader.hpp"

#include <algorithm>

#include "testing/catch.hpp"

using namespace trunkline::httpd;
using State = RequestReader::State;

namespace {

struct Result {
    Request request;
    State state = State::head;
    unsigned status = 0;
    std::size_t consumed = 0;
    bool keep_alive = false;
};

// Shows the reader the text in pieces of `step` bytes, as a session does.
Result read(
    std::string_view text, std::size_t step, std::size_t body_limit = 1024, bool skip = false
) {
    Result result;
    RequestReader reader(result.request, 512);
    std::string pending;
    for (std::size_t at = 0;
         at < text.size() && reader.state() != State::complete && reader.state() != State::rejected;
         at += step) {
        pending += text.substr(at, step);
        std::size_t used = reader.feed(pending);
        if (reader.state() == State::head_done) {
            result.keep_alive = reader.keep_alive();
            skip ? reader.skip_body(body_limit) : reader.begin_body(body_limit);
            used += reader.feed(std::string_view(pending).substr(used));
        }
        result.consumed += used;
        pending.erase(0, used);
    }
    result.state = reader.state();
    result.status = reader.state() == State::rejected ? reader.rejection().status : 0;
    return result;
}

unsigned rejected(std::string_view text) { return read(text, text.size()).status; }

}  // namespace

TEST_CASE("a request reads the same in whatever pieces it comes", "[httpd]") {
    const std::string text =
        "POST /hangup?x=1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
        "11\r\n\r\n{\"a\":\"b c\"}";
    for (std::size_t step = 1; step <= text.size(); ++step) {
        CAPTURE(step);
        const auto result = read(text, step);
        REQUIRE(result.state == State::complete);
        REQUIRE(result.request.method == "POST");
        REQUIRE(result.request.target == "/hangup?x=1");
        REQUIRE(result.request.header("content-type") == "application/json");
        REQUIRE(result.request.body == "{\"a\":\"b c\"}");
        REQUIRE(result.keep_alive);
        REQUIRE(result.consumed == text.size());
    }
}

TEST_CASE(
    "a chunked body with extensions and a trailer reads the same in whatever pieces it comes",
    "[httpd]"
) {
    const std::string text =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5;name=value\r\nhello\r\n1\r\n \r\n00a\r\n0123456789\r\n0\r\nAuthorization: Bearer "
        "x\r\n\r\n";
    for (std::size_t step = 1; step <= text.size(); ++step) {
        CAPTURE(step);
        const auto result = read(text, step);
        REQUIRE(result.state == State::complete);
        REQUIRE(result.request.body == "hello 0123456789");
        // A trailer must not pass for a header.
        REQUIRE_FALSE(result.request.has_header("Authorization"));
        REQUIRE(result.consumed == text.size());
    }
}

TEST_CASE("what follows a request is left alone", "[httpd]") {
    const std::string first = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
    const auto result = read(first + "GET /2 HTTP/1.1\r\n", 1000);
    CHECK(result.state == State::complete);
    CHECK(result.consumed == first.size());
}

TEST_CASE("a body over its limit is rejected", "[httpd]") {
    const std::string announced = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n";
    CHECK(read(announced, 1000).status == 413);
    const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    CHECK(read(chunked + "401\r\n", 1000).status == 413);
    CHECK(read(chunked + "ffffffffffffffff\r\n", 1000).status == 413);
    CHECK(read(chunked + "3ff\r\n" + std::string(1023, 'x') + "\r\n2\r\n", 4000).status == 413);
    const auto fits = read(chunked + "400\r\n" + std::string(1024, 'x') + "\r\n0\r\n\r\n", 4000);
    CHECK(fits.state == State::complete);
    CHECK(fits.request.body.size() == 1024);
}

TEST_CASE("a skipped body is read and forgotten", "[httpd]") {
    const auto result =
        read("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 7, 100, true);
    CHECK(result.state == State::complete);
    CHECK(result.request.body.empty());
}

TEST_CASE("broken requests are rejected with the fitting status", "[httpd]") {
    CHECK(rejected("GARBAGE\r\n\r\n") == 400);
    CHECK(rejected("GET /\r\n\r\n") == 400);
    CHECK(rejected("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
    CHECK(rejected("GET / HTTP/abc\r\nHost: a\r\n\r\n") == 400);
    CHECK(rejected("G@T / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(rejected("GET / HTTP/1.1\r\n\r\n") == 400);
    CHECK(rejected("GET / HTTP/1.1\r\nHost: a\r\nBroken\r\n\r\n") == 400);
    CHECK(rejected("GET / HTTP/1.1\r\nHost : a\r\n\r\n") == 400);
    CHECK(rejected("GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n") == 400);
    CHECK(
        rejected("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n") ==
        400
    );
    CHECK(
        rejected(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        ) == 400
    );
    CHECK(
        rejected(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
        ) == 400
    );
    CHECK(rejected("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n") == 501);
    CHECK(rejected("GET /" + std::string(600, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") == 431);
    CHECK(
        rejected("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") == 400
    );
    CHECK(
        rejected("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabXX1\r\n"
        ) == 400
    );
}

TEST_CASE("an endless chunk header or trailer is rejected", "[httpd]") {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    CHECK(read(head + "1;" + std::string(10000, 'a'), 700).status == 400);
    CHECK(read(head + "0\r\n" + std::string(10000, 'a'), 700).status == 400);
}

TEST_CASE("keep-alive follows version and Connection", "[httpd]") {
    CHECK(read("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 100).keep_alive);
    CHECK_FALSE(read("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", 100).keep_alive);
    CHECK_FALSE(read("GET / HTTP/1.0\r\n\r\n", 100).keep_alive);
    CHECK(read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 100).keep_alive);
}

TEST_CASE("an empty body in chunks may be cut anywhere", "[httpd]") {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const auto* end : {"0\r\n\r\n", "0\r\na: b\r\n\r\n", "000\r\n\r\n"}) {
        const auto text = head + end;
        for (std::size_t step = 1; step <= text.size(); ++step) {
            const auto result = read(text, step);
            CHECK(result.state == State::complete);
            CHECK(result.consumed == text.size());
            CHECK(result.request.body.empty());
        }
    }
}
