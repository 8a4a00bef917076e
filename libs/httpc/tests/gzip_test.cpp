#include "gzip.hpp"

#include <zlib.h>

#include <string>

#include "bench.hpp"
#include "testing/catch.hpp"

using namespace trunkline::httpc;
namespace asio = trunkline::asio;
using trunkline::base::Errc;

namespace {

std::string gzip(const std::string& text) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string source = text;
    std::string packed(deflateBound(&stream, source.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(source.data());
    stream.avail_in = static_cast<uInt>(source.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(packed.size() - stream.avail_out);
    deflateEnd(&stream);
    return packed;
}

std::string packed_answer(const std::string& body, const std::string& coding) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: " + coding +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Answers by what the target names.
asio::awaitable<void> by_target(RawPeer::Connection& connection) {
    for (;;) {
        const auto request = co_await connection.read_request();
        if (request.empty()) {
            co_return;
        }
        std::string answer = ok_answer("plain");
        if (request.contains(" /gzip ")) {
            answer = packed_answer(gzip("hello"), "gzip");
        } else if (request.contains(" /bomb ")) {
            answer = packed_answer(gzip(std::string(50'000'000, 'x')), "gzip");
        } else if (request.contains(" /broken ")) {
            answer = packed_answer("\x1f\x8b nothing of the kind", "gzip");
        } else if (request.contains(" /brotli ")) {
            answer = packed_answer("xx", "br");
        } else if (request.contains(" /nothing ")) {
            answer = packed_answer("", "gzip");
        }
        co_await connection.send(answer);
    }
}

asio::awaitable<Outcome> ask(Bench& bench, std::string target) {
    auto request = bench.request("GET", target);
    request.accept_gzip = true;
    co_return co_await bench.client.send(std::move(request));
}

asio::awaitable<void> check_forms(Bench& bench) {
    const auto packed = co_await ask(bench, "/gzip");
    REQUIRE(packed.has_value());
    CHECK(packed->body == "hello");
    CHECK(packed->header("Content-Encoding").empty());
    CHECK(packed->header("Content-Length").empty());
    CHECK(packed->header("Content-Type") == "text/plain");
    const auto plain = co_await ask(bench, "/plain");
    REQUIRE(plain.has_value());
    CHECK(plain->body == "plain");
    const auto nothing = co_await ask(bench, "/nothing");
    REQUIRE(nothing.has_value());
    CHECK(nothing->body.empty());
    CHECK(bench.peer.accepted() == 1);
    CHECK_THAT(bench.peer.requests().front(), ContainsSubstring("\r\nAccept-Encoding: gzip\r\n"));
}

asio::awaitable<void> check_failures(Bench& bench) {
    const auto bomb = co_await ask(bench, "/bomb");
    REQUIRE_FALSE(bomb.has_value());
    CHECK(bomb.error().error.code == Errc::too_large);
    CHECK(bomb.error().request_sent);
    const auto broken = co_await ask(bench, "/broken");
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error().error.code == Errc::malformed);
    const auto foreign = co_await ask(bench, "/brotli");
    REQUIRE_FALSE(foreign.has_value());
    CHECK(foreign.error().error.code == Errc::malformed);
    // The stream of answers itself was sound.
    CHECK(bench.peer.accepted() == 1);
}

asio::awaitable<void> check_not_asked(Bench& bench) {
    const auto outcome = co_await bench.client.send(bench.request("GET", "/gzip"));
    REQUIRE(outcome.has_value());
    CHECK(outcome->body == gzip("hello"));
    CHECK(outcome->header("Content-Encoding") == "gzip");
    auto twice = bench.request("GET", "/gzip");
    twice.accept_gzip = true;
    twice.headers = {{"Accept-Encoding", "br"}};
    const auto refused = co_await bench.client.send(std::move(twice));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().error.code == Errc::invalid_input);
}

}  // namespace

TEST_CASE("gzip comes off exactly, in one member or several", "[httpc][gzip]") {
    std::string text;
    for (int i = 0; i < 20'000; ++i) {
        text += std::to_string(i * 7919);
    }
    CHECK(gunzip(gzip(text), text.size()) == text);
    CHECK(gunzip(gzip(""), 0) == "");
    CHECK(gunzip(gzip("one") + gzip("two"), 6) == "onetwo");
}

TEST_CASE("what unfolds beyond the limit is too large, found early", "[httpc][gzip]") {
    const auto bomb = gzip(std::string(100'000'000, '\0'));
    const auto inflated = gunzip(bomb, 1000);
    REQUIRE_FALSE(inflated.has_value());
    CHECK(inflated.error().code == Errc::too_large);
    CHECK_FALSE(gunzip(gzip("1234567"), 6).has_value());
    CHECK(gunzip(gzip("1234567"), 7).has_value());
}

TEST_CASE("a broken stream is malformed wherever it breaks", "[httpc][gzip]") {
    const auto whole = gzip("a text that is long enough to be cut somewhere in its middle");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        const auto cut = gunzip(whole.substr(0, size), 1000);
        REQUIRE_FALSE(cut.has_value());
        CHECK(cut.error().code == Errc::malformed);
    }
    auto wrong_sum = whole;
    wrong_sum[whole.size() - 6] ^= 1;
    CHECK_FALSE(gunzip(wrong_sum, 1000).has_value());
    CHECK_FALSE(gunzip(whole + "x", 1000).has_value());
    CHECK_FALSE(gunzip("plain text", 1000).has_value());
}

TEST_CASE("an answer is plain in the end, packed or not", "[httpc][gzip]") {
    with_bench(by_target, check_forms);
}

TEST_CASE("a bomb, a broken stream and a foreign coding are failures", "[httpc][gzip]") {
    with_bench(by_target, check_failures);
}

TEST_CASE("who does not ask for gzip gets the bytes as they are", "[httpc][gzip]") {
    with_bench(by_target, check_not_asked);
}
