#include "pacing.hpp"

#include <deque>

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using telegram::Pacing;

namespace {

struct Bench {
    testing::FakeClock clock;
    Pacing pacing{clock};

    base::Duration wait(std::int64_t bot, std::int64_t chat) {
        return std::max(pacing.bot_wait(bot), pacing.chat_wait(bot, chat));
    }
    /// Sends if it may; its answer takes `trip`.
    bool send(std::int64_t bot, std::int64_t chat, base::Duration trip = 0s) {
        if (wait(bot, chat) > 0s) {
            return false;
        }
        pacing.begin(bot, chat);
        clock.advance(trip);
        pacing.end(bot, chat);
        return true;
    }
};

}  // namespace

TEST_CASE("a private chat takes a burst of three, then one a second", "[telegram]") {
    Bench bench;
    for (int n = 0; n < 3; ++n) {
        CHECK(bench.send(1, 5));
    }
    const auto wait = bench.wait(1, 5);
    CHECK(wait > 900ms);
    CHECK(wait <= 1000ms);
    bench.clock.advance(wait);
    CHECK(bench.send(1, 5));
    CHECK_FALSE(bench.send(1, 5));
}

TEST_CASE("one minute of a group takes no more than eighteen requests", "[telegram]") {
    Bench bench;
    std::deque<base::SteadyTime> sent;
    for (int step = 0; step < 3000; ++step) {
        if (bench.send(1, -100)) {
            sent.push_back(bench.clock.steady());
        }
        while (!sent.empty() && sent.front() <= bench.clock.steady() - 60s) {
            sent.pop_front();
        }
        CHECK(sent.size() <= 18);
        bench.clock.advance(100ms);
    }
    CHECK(sent.size() >= 17);
}

TEST_CASE("no second of a bot has more than 25 requests, other bots have their own", "[telegram]") {
    Bench bench;
    std::deque<base::SteadyTime> sent;
    std::int64_t chat = 1;
    for (int step = 0; step < 5000; ++step) {
        if (bench.send(1, chat)) {
            sent.push_back(bench.clock.steady());
            ++chat;
        }
        while (!sent.empty() && sent.front() <= bench.clock.steady() - 1s) {
            sent.pop_front();
        }
        CHECK(sent.size() <= 25);
        bench.clock.advance(1ms);
    }
    CHECK(chat > 110);
    CHECK(bench.wait(2, 1) == 0s);
}

TEST_CASE(
    "a slow answer counts from its arrival, for the request may have come late", "[telegram]"
) {
    Bench bench;
    for (int n = 0; n < 3; ++n) {
        CHECK(bench.send(1, 5, n == 0 ? base::Duration(2s) : 0s));
    }
    CHECK(bench.wait(1, 5) == 1s);
}

TEST_CASE("what another process sent a moment ago counts", "[telegram]") {
    Bench bench;
    bench.clock.advance(1h);
    for (const auto age : {500ms, 400ms, 300ms}) {
        bench.pacing.note_past(1, 5, age);
    }
    CHECK(bench.wait(1, 5) == 500ms);
    for (int n = 18; n > 0; --n) {
        bench.pacing.note_past(1, -9, n * 2s);
    }
    CHECK(bench.wait(1, -9) == 24s);
}

TEST_CASE("after a 429 nothing goes to that chat in time, others go on", "[telegram]") {
    Bench bench;
    CHECK_FALSE(bench.pacing.flooded(1, 5, 7s));
    CHECK(bench.wait(1, 5) == 7s);
    CHECK(bench.wait(1, 6) == 0s);
    bench.clock.advance(7s);
    CHECK(bench.wait(1, 5) == 0s);
}

TEST_CASE("three chats flooded within a second stop the whole bot", "[telegram]") {
    Bench bench;
    CHECK_FALSE(bench.pacing.flooded(1, 5, 7s));
    CHECK_FALSE(bench.pacing.flooded(1, 5, 7s));
    CHECK_FALSE(bench.pacing.flooded(1, 6, 7s));
    CHECK(bench.pacing.flooded(1, 7, 7s));
    CHECK(bench.wait(1, 8) == 7s);
    CHECK(bench.wait(2, 8) == 0s);
    Bench slow;
    for (std::int64_t chat = 1; chat < 9; ++chat) {
        CHECK_FALSE(slow.pacing.flooded(1, chat, 7s));
        slow.clock.advance(600ms);
    }
}

TEST_CASE("a bot that stops goes on when it is let", "[telegram]") {
    Bench bench;
    bench.pacing.block_bot(1, 5min);
    CHECK(bench.wait(1, 5) == 5min);
    bench.pacing.unblock_bot(1);
    CHECK(bench.wait(1, 5) == 0s);
}

TEST_CASE("quiet chats are forgotten", "[telegram]") {
    Bench bench;
    CHECK(bench.send(1, 5));
    CHECK(bench.send(1, -5));
    bench.clock.advance(5min);
    bench.pacing.sweep();
    CHECK(bench.pacing.size() == 0);
}
