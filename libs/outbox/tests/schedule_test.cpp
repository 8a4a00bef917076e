#include "outbox/schedule.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {
const base::WallTime made{std::chrono::sys_days{std::chrono::October / 1 / 2025}};
const outbox::Schedule schedule{.first = 10s, .longest = 30min, .give_up_after = 24h};
}  // namespace

TEST_CASE("pauses grow from the first to the longest", "[outbox]") {
    for (int round = 0; round < 50; ++round) {
        const auto first = outbox::next_pause(schedule, 1, made, made + 1s, std::nullopt);
        REQUIRE(first);
        CHECK(*first >= 8s);
        CHECK(*first <= 10s);
        const auto late = outbox::next_pause(schedule, 40, made, made + 5h, std::nullopt);
        REQUIRE(late);
        CHECK(*late >= 24min);
        CHECK(*late <= 30min);
    }
}

TEST_CASE("the peer's own wish is obeyed within reason", "[outbox]") {
    CHECK(outbox::next_pause(schedule, 1, made, made + 1s, 7s) == 7s);
    CHECK(outbox::next_pause(schedule, 1, made, made + 1s, 0ms) == 100ms);
    CHECK(outbox::next_pause(schedule, 1, made, made + 1s, 90000s) == 1h);
}

TEST_CASE("after its time a message is given up, whatever the peer asks", "[outbox]") {
    CHECK_FALSE(outbox::next_pause(schedule, 3, made, made + 24h, std::nullopt));
    CHECK_FALSE(outbox::next_pause(schedule, 3, made, made + 24h, 1s));
}
