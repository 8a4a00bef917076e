#include "lanes.hpp"

#include "testing/catch.hpp"

using trunkline::outbox::Lanes;

TEST_CASE("a lane that holds its share is told as full until it leaves", "[outbox]") {
    Lanes lanes(10, 2);
    lanes.enter("0367", "retailcrm");
    CHECK(lanes.full().first.empty());
    lanes.enter("0367", "retailcrm");
    lanes.enter("0270", "retailcrm");
    REQUIRE(lanes.full().first.size() == 1);
    CHECK(lanes.full().first[0] == "0367");
    CHECK(lanes.full().second[0] == "retailcrm");
    CHECK(lanes.free_slots() == 7);
    lanes.leave("0367", "retailcrm");
    CHECK(lanes.full().first.empty());
    CHECK(lanes.free_slots() == 8);
}

TEST_CASE("leaving a lane that was never entered changes nothing", "[outbox]") {
    Lanes lanes(3, 1);
    lanes.leave("0367", "uon");
    CHECK(lanes.free_slots() == 3);
}
