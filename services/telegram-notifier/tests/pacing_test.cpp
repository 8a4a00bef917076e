#include "pacing.hpp"

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using telegram::Pacing;

TEST_CASE("a private chat takes a burst of three, then one a second", "[telegram]") {
    testing::FakeClock clock;
    Pacing pacing(clock);
    for (int n = 0; n < 3; ++n) {
        CHECK(pacing.take(1, 5) == 0s);
    }
    const auto wait = pacing.take(1, 5);
    CHECK(wait > 900ms);
    CHECK(wait <= 1000ms);
    clock.advance(wait);
    CHECK(pacing.take(1, 5) == 0s);
    CHECK(pacing.take(1, 5) > 0s);
}

TEST_CASE("one minute of a group takes no more than twenty requests", "[telegram]") {
    testing::FakeClock clock;
    Pacing pacing(clock);
    int sent = 0;
    for (int step = 0; step < 600; ++step) {
        sent += pacing.take(1, -100) == 0s ? 1 : 0;
        clock.advance(100ms);
    }
    CHECK(sent <= 21);
    CHECK(sent >= 18);
}

TEST_CASE("all chats of a bot share its allowance, other bots have their own", "[telegram]") {
    testing::FakeClock clock;
    Pacing pacing(clock);
    for (int chat = 1; chat <= 25; ++chat) {
        CHECK(pacing.take(1, chat) == 0s);
    }
    CHECK(pacing.take(1, 26) > 0s);
    CHECK(pacing.take(2, 26) == 0s);
    clock.advance(40ms);
    CHECK(pacing.take(1, 26) == 0s);
}

TEST_CASE("after a 429 nothing goes to that chat in time, others go on", "[telegram]") {
    testing::FakeClock clock;
    Pacing pacing(clock);
    pacing.block(1, 5, 7s);
    CHECK(pacing.take(1, 5) == 7s);
    CHECK(pacing.take(1, 6) == 0s);
    clock.advance(7s);
    CHECK(pacing.take(1, 5) == 0s);
}

TEST_CASE("quiet chats are forgotten", "[telegram]") {
    testing::FakeClock clock;
    Pacing pacing(clock);
    CHECK(pacing.take(1, 5) == 0s);
    clock.advance(5min);
    pacing.sweep();
    CHECK(pacing.size() == 0);
}
