#include "moysklad_limits.hpp"

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace trunkline::sandbox::moysklad;
using namespace std::chrono_literals;

TEST_CASE("the Phone API lets a hundred requests pass in five seconds", "[sandbox][moysklad]") {
    testing::FakeClock clock;
    Limits limits(clock);
    limits.set({.enforce = true});
    for (int i = 0; i < 100; ++i) {
        REQUIRE(limits.begin(Api::phone, "0367") == Limits::Breach::none);
        limits.end(Api::phone, "0367");
    }
    CHECK(limits.begin(Api::phone, "0367") == Limits::Breach::rate);
    limits.end(Api::phone, "0367");
    CHECK(limits.begin(Api::phone, "0368") == Limits::Breach::none);
    CHECK(limits.window_of(Api::phone, "0367").reset == 5000ms);
    CHECK(limits.broken().phone == 1);
    clock.advance(5s);
    CHECK(limits.begin(Api::phone, "0367") == Limits::Breach::none);
}

TEST_CASE("a Remap request costs units", "[sandbox][moysklad]") {
    testing::FakeClock clock;
    Limits limits(clock);
    limits.set({.enforce = true});
    for (int i = 0; i < 11; ++i) {
        REQUIRE(limits.begin(Api::remap, "0367") == Limits::Breach::none);
        limits.end(Api::remap, "0367");
    }
    CHECK(limits.window_of(Api::remap, "0367").remaining == 1);
    CHECK(limits.begin(Api::remap, "0367") == Limits::Breach::rate);
}

TEST_CASE(
    "the sixth at once is too many, and is counted without order too", "[sandbox][moysklad]"
) {
    testing::FakeClock clock;
    Limits limits(clock);
    for (int i = 0; i < 6; ++i) {
        CHECK(limits.begin(Api::phone, "0367") == Limits::Breach::none);
    }
    CHECK(limits.broken().parallel == 1);
    CHECK(limits.busiest() == 6);
    limits.set({.enforce = true});
    for (int i = 0; i < 5; ++i) {
        CHECK(limits.begin(Api::phone, "0367") == Limits::Breach::none);
    }
    CHECK(limits.begin(Api::phone, "0367") == Limits::Breach::parallel);
    limits.end(Api::phone, "0367");
    limits.end(Api::phone, "0367");
    CHECK(limits.begin(Api::phone, "0367") == Limits::Breach::none);
}
