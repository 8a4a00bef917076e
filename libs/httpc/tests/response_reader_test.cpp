#include "response_reader.hpp"

#include <string>
#include <vector>

#include "testing/catch.hpp"

using namespace trunkline::httpc;
using trunkline::base::Errc;

namespace {

struct Reading {
    std::optional<trunkline::base::Errc> error;
    bool complete = false;
    bool usable = false;
    Response response;
};

constexpr std::size_t limit = 1000;

/// Feeds `bytes` in pieces, then closes if it is not complete.
Reading read(std::string_view bytes, std::size_t piece, bool to_head = false) {
    ResponseReader reader(to_head, limit);
    Reading reading;
    for (std::size_t at = 0; at < bytes.size() && !reading.complete; at += piece) {
        const auto done = reader.feed(bytes.substr(at, piece));
        if (!done) {
            reading.error = done.error().code;
            return reading;
        }
        reading.complete = *done;
    }
    reading.usable = reader.leaves_connection_usable();
    if (!reading.complete) {
        const auto ended = reader.finish();
        if (!ended) {
            reading.error = ended.error().code;
            return reading;
        }
    }
    reading.response = reader.take();
    return reading;
}

struct Good {
    std::string bytes;
    unsigned status;
    std::string body;
    bool usable;
    bool to_head = false;
};

struct Bad {
    std::string bytes;
    trunkline::base::Errc code;
};

}  // namespace

TEST_CASE("answers of every legal form are read, whole or byte by byte", "[httpc]") {
    const std::vector<Good> cases = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true},
        {"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true},
        {"HTTP/1.1 500 Oh no\r\ncontent-length: 0\r\n\r\n", 500, "", true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", 200, "ok", false},
        {"HTTP/1.1 200 OK\r\n\r\n<html>until the end</html>",
         200,
         "<html>until the end</html>",
         false},
        {"HTTP/1.1 200 OK\r\n\r\n", 200, "", false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", 200, "ok", true
        },
        {"HTTP/1.0 200 OK\r\n\r\nold", 200, "old", false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
         "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
         200,
         "abcde",
         true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n",
         200,
         "a",
         true},
        {"HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", 304, "", true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", 200, "", true, true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, "", true, true},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
         200,
         "ok",
         true},
        {"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 204 N\r\n\r\n",
         204,
         "",
         true},
        {"HTTP/1.1 301 Moved\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n",
         301,
         "",
         true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'),
         200,
         std::string(1000, 'x'),
         true},
    };
    for (const auto& each : cases) {
        for (const std::size_t piece : {each.bytes.size(), std::size_t{1}, std::size_t{7}}) {
            INFO(each.bytes << " in pieces of " << piece);
            const auto reading = read(each.bytes, piece, each.to_head);
            REQUIRE_FALSE(reading.error.has_value());
            CHECK(reading.response.status == each.status);
            CHECK(reading.response.body == each.body);
            CHECK(reading.usable == each.usable);
        }
    }
}

TEST_CASE("broken answers are refused, whole or byte by byte", "[httpc]") {
    const std::vector<Bad> cases = {
        {"\x16\x03\x01 not http at all\r\n\r\n", Errc::malformed},
        {"<html>hello</html>\r\n\r\n", Errc::malformed},
        {"HTTP/2.0 200 OK\r\n\r\n", Errc::malformed},
        {"HTTP/1.1 20 OK\r\n\r\n", Errc::malformed},
        {"HTTP/1.1 099 OK\r\n\r\n", Errc::malformed},
        {"HTTP/1.1 abc OK\r\n\r\n", Errc::malformed},
        {"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", Errc::malformed},
        {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", Errc::malformed},
        {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Errc::malformed},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", Errc::malformed},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         Errc::malformed},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n", Errc::malformed},
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", Errc::malformed},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", Errc::too_large},
        {"HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x'), Errc::too_large},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n", Errc::too_large},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + std::string(1000, 'x') +
             "\r\n1\r\n",
         Errc::too_large},
        {"HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x') + "\r\n\r\n", Errc::too_large},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", Errc::unavailable},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", Errc::unavailable},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", Errc::unavailable
        },
        {"HTTP/1.1 200 OK\r\nContent-Le", Errc::unavailable},
        {"HTTP/1.1 100 Continue\r\n\r\n", Errc::unavailable},
        {"HT", Errc::unavailable},
    };
    for (const auto& each : cases) {
        for (const std::size_t piece : {each.bytes.size(), std::size_t{1}, std::size_t{1000}}) {
            INFO(each.bytes.substr(0, 100) << " in pieces of " << piece);
            const auto reading = read(each.bytes, piece);
            REQUIRE(reading.error.has_value());
            CHECK(*reading.error == each.code);
        }
    }
}

TEST_CASE("many small headers are bounded in sum", "[httpc]") {
    ResponseReader reader(false, limit);
    auto done = reader.feed("HTTP/1.1 200 OK\r\n");
    int fields = 0;
    while (done && fields < 100000) {
        REQUIRE_FALSE(*done);
        done = reader.feed("X-Header: value\r\n");
        ++fields;
    }
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == Errc::too_large);
    CHECK(fields < 5000);
}

TEST_CASE("an endless chunk extension is bounded", "[httpc]") {
    ResponseReader reader(false, limit);
    auto done = reader.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
    int pieces = 0;
    while (done && pieces < 100000) {
        done = reader.feed("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        ++pieces;
    }
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == Errc::too_large);
}

TEST_CASE("endless interim answers are bounded", "[httpc]") {
    ResponseReader reader(false, limit);
    auto done = reader.feed("");
    int answers = 0;
    while (done && answers < 1000) {
        done = reader.feed("HTTP/1.1 100 Continue\r\n\r\n");
        ++answers;
    }
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == Errc::malformed);
    CHECK(answers < 50);
}

TEST_CASE("bytes that nobody asked for make the connection unusable", "[httpc]") {
    ResponseReader reader(false, limit);
    const auto done =
        reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n");
    REQUIRE(done.has_value());
    CHECK(*done);
    CHECK_FALSE(reader.leaves_connection_usable());
    const auto more = reader.feed("x");
    REQUIRE(more.has_value());
    CHECK(*more);
    CHECK(reader.take().body == "ok");
}

TEST_CASE("headers keep their order, spelling and repeats", "[httpc]") {
    const auto reading = read(
        "HTTP/1.1 200 OK\r\nX-One: 1\r\nSet-Cookie: a\r\nset-cookie: b\r\nContent-Length: "
        "0\r\n\r\n",
        5
    );
    const auto& response = reading.response;
    REQUIRE(response.headers.size() == 4);
    CHECK(response.headers[0] == std::pair<std::string, std::string>("X-One", "1"));
    CHECK(response.header("SET-COOKIE") == "a");
    CHECK(response.header("Absent").empty());
}

TEST_CASE("a reader that got nothing has not started", "[httpc]") {
    ResponseReader reader(false, limit);
    CHECK_FALSE(reader.has_started());
    const auto ended = reader.finish();
    REQUIRE_FALSE(ended.has_value());
    CHECK(ended.error().code == Errc::unavailable);
    const auto done = reader.feed("H");
    REQUIRE(done.has_value());
    CHECK(reader.has_started());
}

TEST_CASE("an empty body in chunks may be cut anywhere", "[httpc]") {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const auto* end : {"0\r\n\r\n", "0\r\na: b\r\n\r\n", "000\r\n\r\n"}) {
        const auto bytes = head + end;
        for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
            const auto reading = read(bytes, piece);
            CHECK(reading.complete);
            CHECK(reading.usable);
            CHECK(reading.response.body.empty());
        }
    }
    CHECK(read(head + "0\r\n\r", 1).error);
}
