#include "telegram_limits.hpp"

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using sandbox::TelegramLimits;

namespace {

struct Bench {
    testing::FakeClock clock;
    TelegramLimits limits{clock};

    Bench() { limits.set({.enforce = true}); }
};

}  // namespace

TEST_CASE("a private chat may have three at once and then one a second", "[sandbox]") {
    Bench bench;
    for (int n = 0; n < 3; ++n) {
        CHECK_FALSE(bench.limits.take(1, 5));
    }
    CHECK(bench.limits.take(1, 5) == 1);
    CHECK(bench.limits.broken().chat == 1);
    bench.clock.advance(1s);
    CHECK_FALSE(bench.limits.take(1, 5));
}

TEST_CASE("a request before its retry_after has passed is early", "[sandbox]") {
    Bench bench;
    bench.limits.told_to_wait(1, 5, 3);
    bench.clock.advance(2s);
    CHECK(bench.limits.take(1, 5) == 1);
    CHECK(bench.limits.broken().early == 1);
    CHECK_FALSE(bench.limits.take(1, 6));
    bench.clock.advance(1s);
    CHECK_FALSE(bench.limits.take(1, 5));
    CHECK(bench.limits.broken().all() == 1);
}

TEST_CASE("a group may have twenty a minute, a bot thirty a second", "[sandbox]") {
    Bench bench;
    for (int n = 0; n < 20; ++n) {
        CHECK_FALSE(bench.limits.take(1, -5));
        bench.clock.advance(1s);
    }
    CHECK(bench.limits.take(1, -5) == 40);
    for (std::int64_t chat = 1; chat <= 30; ++chat) {
        CHECK_FALSE(bench.limits.take(2, chat));
    }
    CHECK(bench.limits.take(2, 31) == 1);
    CHECK(bench.limits.broken().group == 1);
    CHECK(bench.limits.broken().bot == 1);
    CHECK(bench.limits.busiest_second() == 30);
}

TEST_CASE("limits that are not enforced are counted", "[sandbox]") {
    Bench bench;
    bench.limits.set({.enforce = false});
    for (int n = 0; n < 5; ++n) {
        CHECK_FALSE(bench.limits.take(1, 5));
    }
    CHECK(bench.limits.broken().chat == 2);
}
