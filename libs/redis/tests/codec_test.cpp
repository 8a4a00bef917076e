#include "codec.hpp"

#include <limits>
#include <string>
#include <vector>

#include "testing/catch.hpp"

namespace trunkline::redis {
namespace {

using namespace std::string_literals;

Reply text(std::string value) { return {.kind = Reply::Kind::string, .text = std::move(value)}; }
Reply number(std::int64_t value) { return {.kind = Reply::Kind::integer, .integer = value}; }
Reply array(std::vector<Reply> elements) {
    return {.kind = Reply::Kind::array, .elements = std::move(elements)};
}

base::Result<std::vector<Reply>> decode(
    std::string_view bytes, std::size_t piece = std::string::npos, std::size_t max_bytes = 1024
) {
    Decoder decoder(max_bytes, 100);
    std::vector<Reply> replies;
    while (!bytes.empty()) {
        const auto part = bytes.substr(0, piece);
        bytes.remove_prefix(part.size());
        const auto fed = decoder.feed(part);
        if (!fed) {
            return std::unexpected(fed.error());
        }
        auto reply = decoder.next();
        while (reply && *reply) {
            replies.push_back(std::move(**reply));
            reply = decoder.next();
        }
        if (!reply) {
            return std::unexpected(reply.error());
        }
    }
    return replies;
}

}  // namespace

TEST_CASE("a command is encoded with lengths, whatever bytes it has", "[redis]") {
    REQUIRE(
        encode({"SET", "k\r\n", "\0%s"s}) == "*3\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$3\r\n\0%s\r\n"s
    );
    REQUIRE(encode({"GET", ""}) == "*2\r\n$3\r\nGET\r\n$0\r\n\r\n");
}

TEST_CASE("all kinds of replies are decoded, in pieces of any size", "[redis]") {
    const auto bytes =
        "+OK\r\n-ERR no\r\n:-7\r\n$5\r\na\r\n\0b\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*2\r\n$1\r\nx\r\n:2\r\n+y\r\n"s;
    const std::vector<Reply> expected = {
        text("OK"),
        {.kind = Reply::Kind::error, .text = "ERR no"},
        number(-7),
        text("a\r\n\0b"s),
        Reply{},
        Reply{},
        array({}),
        array({number(1), array({text("x"), number(2)}), text("y")})
    };
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        const auto replies = decode(bytes, piece);
        REQUIRE(replies);
        REQUIRE(*replies == expected);
    }
}

TEST_CASE("the extremes of integers are decoded", "[redis]") {
    const auto replies = decode(":9223372036854775807\r\n:-9223372036854775808\r\n");
    REQUIRE(replies);
    REQUIRE((*replies)[0].integer == std::numeric_limits<std::int64_t>::max());
    REQUIRE((*replies)[1].integer == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("bytes that are no replies are malformed", "[redis]") {
    for (const std::string wrong :
         {"HTTP/1.1 200 OK\r\n",
          "?\r\n",
          ":abc\r\n",
          ":\r\n",
          "$x\r\n",
          "*y\r\n",
          "$-2\r\n",
          "*-2\r\n",
          ":99999999999999999999\r\n"}) {
        INFO(wrong);
        const auto replies = decode(wrong);
        REQUIRE_FALSE(replies);
        REQUIRE(replies.error().code == base::Errc::malformed);
    }
}

TEST_CASE("arrays nested too deep are malformed", "[redis]") {
    std::string bytes;
    for (int depth = 0; depth < 1000; ++depth) {
        bytes += "*1\r\n";
    }
    const auto replies = decode(bytes);
    REQUIRE_FALSE(replies);
    REQUIRE(replies.error().code == base::Errc::malformed);
}

TEST_CASE("an array announced as huge takes no memory until it comes", "[redis]") {
    const auto replies = decode("*2147483647\r\n:1\r\n");
    REQUIRE(replies);
    REQUIRE(replies->empty());
}

TEST_CASE("a reply of too many elements or bytes is too large", "[redis]") {
    std::string elements = "*1000\r\n";
    std::string nested = "*100\r\n";
    for (int count = 0; count < 100; ++count) {
        elements += ":1\r\n";
        nested += "*1\r\n:1\r\n";
    }
    const auto string = "$2000\r\n" + std::string(2000, 'x') + "\r\n";
    const auto part = "$500\r\n" + std::string(500, 'x') + "\r\n";
    const auto sum = "*3\r\n" + part + part + part;
    for (const auto& bytes : {elements, nested, string, sum}) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{700}, bytes.size()}) {
            const auto replies = decode(bytes, piece);
            REQUIRE_FALSE(replies);
            REQUIRE(replies.error().code == base::Errc::too_large);
        }
    }
}

TEST_CASE("limits count for each reply alone", "[redis]") {
    std::string bytes;
    for (int count = 0; count < 50; ++count) {
        bytes += "*2\r\n$900\r\n" + std::string(900, 'x') + "\r\n:1\r\n";
    }
    const auto replies = decode(bytes, 64);
    REQUIRE(replies);
    REQUIRE(replies->size() == 50);
}

TEST_CASE("error replies are told apart by their first word", "[redis]") {
    const auto code = [](std::string line) {
        return to_error({.kind = Reply::Kind::error, .text = std::move(line)});
    };
    REQUIRE(code("LOADING Redis is loading").code == base::Errc::unavailable);
    REQUIRE(code("LOADING Redis is loading").native == "LOADING");
    REQUIRE(code("NOAUTH Authentication required.").code == base::Errc::unauthorized);
    REQUIRE(code("NOPERM no").code == base::Errc::forbidden);
    REQUIRE(code("WRONGTYPE Operation").code == base::Errc::internal);
    REQUIRE(code("").code == base::Errc::internal);
}

}  // namespace trunkline::redis
