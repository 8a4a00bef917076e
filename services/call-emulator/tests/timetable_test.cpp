#include "timetable.hpp"

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using call_emulator::Timetable;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("an exchange that has played nothing is free", "[call_emulator]") {
    Timetable timetable;
    const auto now = testing::FakeClock().now();
    CHECK(timetable.free_from("1", now) == base::WallTime());
}

TEST_CASE(
    "calls of one Token lie three seconds apart, those of others do not matter", "[call_emulator]"
) {
    Timetable timetable;
    const auto now = testing::FakeClock().now();
    timetable.take("1", now + seconds(20));
    timetable.take("1", now + seconds(10));
    CHECK(timetable.free_from("1", now) == now + seconds(23));
    CHECK(timetable.free_from("2", now) == base::WallTime());
}

TEST_CASE("an exchange is never more than an hour ahead", "[call_emulator]") {
    Timetable timetable;
    const auto now = testing::FakeClock().now();
    timetable.take("1", now + minutes(60));
    CHECK(timetable.free_from("1", now) == now + minutes(60) + seconds(3));
    timetable.take("1", now + minutes(60) + seconds(20));
    CHECK(timetable.free_from("1", now) == base::WallTime());
    timetable.take("1", now);
    CHECK(timetable.free_from("1", now) == now + seconds(3));
}
