#include "subscribe_protocol.hpp"

#include <string>
#include <utility>
#include <vector>

#include "testing/catch.hpp"

namespace trunkline::redis {
namespace {

using std::chrono::milliseconds;

const base::SteadyTime start{std::chrono::hours(1)};
const base::Error gone{
    .code = base::Errc::unavailable, .detail = "gone", .fields = {}, .native = {}
};

Settings settings() {
    Settings result;
    result.command_timeout = milliseconds(1000);
    result.ping_interval = milliseconds(10000);
    return result;
}

std::string confirmed(const std::string& channel) {
    return "*3\r\n$9\r\nsubscribe\r\n$" + std::to_string(channel.size()) + "\r\n" + channel +
           "\r\n:1\r\n";
}

std::string message(const std::string& channel, const std::string& text) {
    return encode({"message", channel, text});
}

struct Fixture {
    SubscribeProtocol protocol{
        settings(),
        Address{.host = "h"},
        {.message = [this](
                        std::string channel, std::string text
                    ) { messages.emplace_back(channel, text); },
         .subscribed = [this] { ++gaps; }}
    };
    std::vector<std::pair<std::string, std::string>> messages;
    int gaps = 0;

    std::optional<base::Error> receive(const std::string& bytes, base::SteadyTime now = start) {
        return protocol.on_bytes(bytes, now);
    }
};

}  // namespace

TEST_CASE("all channels are subscribed to on each connection, then the gap is told", "[redis]") {
    Fixture fixture;
    fixture.protocol.add_channel("a", start);
    fixture.protocol.add_channel("b", start);
    for (int connection = 1; connection <= 2; ++connection) {
        fixture.protocol.on_open(start);
        REQUIRE(
            fixture.protocol.take_output() == encode({"PING"}) + encode({"SUBSCRIBE", "a", "b"})
        );
        REQUIRE_FALSE(fixture.receive("+PONG\r\n" + confirmed("a")));
        REQUIRE(fixture.gaps == connection - 1);
        REQUIRE_FALSE(fixture.protocol.is_ready());
        REQUIRE_FALSE(fixture.receive(confirmed("b")));
        REQUIRE(fixture.gaps == connection);
        REQUIRE(fixture.protocol.is_ready());
        fixture.protocol.on_lost(gone, start);
        REQUIRE_FALSE(fixture.protocol.is_ready());
    }
}

TEST_CASE("messages are handed on, byte by byte too", "[redis]") {
    Fixture fixture;
    fixture.protocol.add_channel("a", start);
    fixture.protocol.on_open(start);
    for (const char byte : "+PONG\r\n" + confirmed("a") + message("a", "one") + message("a", "")) {
        REQUIRE_FALSE(fixture.receive(std::string(1, byte)));
    }
    REQUIRE(
        fixture.messages ==
        std::vector<std::pair<std::string, std::string>>{{"a", "one"}, {"a", ""}}
    );
}

TEST_CASE("a channel added later is subscribed to and tells a gap of its own", "[redis]") {
    Fixture fixture;
    fixture.protocol.on_open(start);
    fixture.protocol.take_output();
    REQUIRE_FALSE(fixture.receive("+PONG\r\n"));
    REQUIRE(fixture.gaps == 1);
    fixture.protocol.add_channel("a", start);
    fixture.protocol.add_channel("a", start);
    REQUIRE(fixture.protocol.take_output() == encode({"SUBSCRIBE", "a"}));
    REQUIRE_FALSE(fixture.protocol.is_ready());
    REQUIRE_FALSE(fixture.receive(confirmed("a")));
    REQUIRE(fixture.gaps == 2);
}

TEST_CASE("a subscription without confirmation in time ends the connection", "[redis]") {
    Fixture fixture;
    fixture.protocol.add_channel("a", start);
    fixture.protocol.on_open(start);
    REQUIRE_FALSE(fixture.receive("+PONG\r\n"));
    REQUIRE(fixture.protocol.next_deadline() == start + milliseconds(1000));
    const auto failure = fixture.protocol.on_time(start + milliseconds(1000));
    REQUIRE(failure);
    REQUIRE(failure->code == base::Errc::timeout);
}

TEST_CASE("a silent connection is asked for a sign of life and ended without one", "[redis]") {
    Fixture fixture;
    fixture.protocol.add_channel("a", start);
    fixture.protocol.on_open(start);
    REQUIRE_FALSE(fixture.receive("+PONG\r\n" + confirmed("a")));
    fixture.protocol.take_output();
    auto now = start + milliseconds(10000);
    REQUIRE_FALSE(fixture.protocol.on_time(now));
    REQUIRE(fixture.protocol.take_output() == encode({"PING"}));
    REQUIRE_FALSE(fixture.receive(encode({"pong", ""}), now));
    now += milliseconds(10000);
    REQUIRE(fixture.protocol.next_deadline() == now);
    REQUIRE_FALSE(fixture.protocol.on_time(now));
    const auto failure = fixture.protocol.on_time(now + milliseconds(1000));
    REQUIRE(failure);
    REQUIRE(failure->code == base::Errc::timeout);
}

TEST_CASE("without channels the plain answer is a sign of life", "[redis]") {
    Fixture fixture;
    fixture.protocol.on_open(start);
    REQUIRE_FALSE(fixture.receive("+PONG\r\n"));
    const auto now = start + milliseconds(10000);
    REQUIRE_FALSE(fixture.protocol.on_time(now));
    REQUIRE_FALSE(fixture.receive("+PONG\r\n", now));
    REQUIRE(fixture.protocol.next_deadline() == now + milliseconds(10000));
}

TEST_CASE("errors and other things that are no messages end a subscriber's connection", "[redis]") {
    for (const std::string wrong :
         {"-NOAUTH no\r\n",
          ":1\r\n",
          "*0\r\n",
          "*1\r\n:1\r\n",
          "*3\r\n:1\r\n:2\r\n:3\r\n",
          "$-1\r\n",
          "!"}) {
        INFO(wrong);
        Fixture fixture;
        fixture.protocol.add_channel("a", start);
        fixture.protocol.on_open(start);
        REQUIRE_FALSE(fixture.receive("+PONG\r\n" + confirmed("a")));
        REQUIRE(fixture.receive(wrong));
        REQUIRE(fixture.messages.empty());
    }
}

TEST_CASE("a handler may end the connection", "[redis]") {
    SubscribeProtocol* whole = nullptr;
    int received = 0;
    const auto end = [&](const std::string&, const std::string&) {
        ++received;
        whole->on_lost(gone, start);
    };
    SubscribeProtocol protocol(settings(), Address{.host = "h"}, {.message = end, .subscribed = [] {
                                                                  }});
    whole = &protocol;
    protocol.add_channel("a", start);
    protocol.on_open(start);
    const auto bytes = "+PONG\r\n" + confirmed("a") + message("a", "1") + message("a", "2");
    REQUIRE_FALSE(protocol.on_bytes(bytes, start));
    REQUIRE(received == 1);
}

}  // namespace trunkline::redis
