#include "lanes.hpp"

#include "testing/catch.hpp"

using trunkline::outbox::Lanes;
using namespace std::chrono_literals;

namespace {

const Lanes::Time start = Lanes::Time{} + 1h;

/// Makes a lane one that keeps failing.
void fail(Lanes& lanes, const std::string& enterprise) {
    for (int i = 0; i < 3; ++i) {
        lanes.failed(enterprise, "uon", start);
    }
}

}  // namespace

TEST_CASE("a lane that holds its share is told as full until it leaves", "[outbox]") {
    Lanes lanes(10, 2, 4);
    lanes.enter("0367", "retailcrm", start);
    CHECK(lanes.full(start).first.empty());
    lanes.enter("0367", "retailcrm", start);
    lanes.enter("0270", "retailcrm", start);
    REQUIRE(lanes.full(start).first.size() == 1);
    CHECK(lanes.full(start).first[0] == "0367");
    CHECK(lanes.full(start).second[0] == "retailcrm");
    CHECK(lanes.free_slots() == 7);
    lanes.leave("0367", "retailcrm", start);
    CHECK(lanes.full(start).first.empty());
    CHECK(lanes.free_slots() == 8);
}

TEST_CASE("leaving a lane that was never entered changes nothing", "[outbox]") {
    Lanes lanes(3, 1, 1);
    lanes.leave("0367", "uon", start);
    CHECK(lanes.free_slots() == 3);
}

TEST_CASE("a lane that has not answered for a while gets nothing more", "[outbox]") {
    Lanes lanes(10, 4, 4);
    lanes.enter("0367", "uon", start);
    CHECK(lanes.full(start + 1s).first.empty());
    CHECK(lanes.full(start + 3s).first.size() == 1);
    lanes.leave("0367", "uon", start);
    CHECK(lanes.full(start + 3s).first.empty());
}

TEST_CASE("lanes that keep failing get one try each and a few slots together", "[outbox]") {
    Lanes lanes(10, 4, 2);
    for (const auto* enterprise : {"0001", "0002", "0003"}) {
        fail(lanes, enterprise);
    }
    CHECK(lanes.full(start).first.size() == 3);
    CHECK(lanes.take_probes(start).empty());
    CHECK(lanes.next_probe(start + 1h) == start + 500ms);
    const auto first = lanes.take_probes(start + 1s);
    REQUIRE(first.size() == 2);
    for (const auto& [enterprise, target] : first) {
        lanes.enter(enterprise, target, start + 1s);
    }
    // The third waits for a slot, and nobody is woken for it.
    CHECK(lanes.take_probes(start + 1s).empty());
    CHECK(lanes.next_probe(start + 1h) == start + 1h);
    lanes.worked("0001", "uon");
    lanes.leave("0001", "uon", start + 1s);
    REQUIRE(lanes.take_probes(start + 1s) == std::vector<Lanes::Name>{{"0003", "uon"}});
    CHECK(lanes.full(start + 1s).first.size() == 2);
    // What was dropped without asking is no answer: the next one is tried at once.
    CHECK(lanes.take_probes(start + 2s).empty());
    lanes.untried("0003", "uon", start + 2s);
    REQUIRE(lanes.take_probes(start + 2s).size() == 1);
    lanes.no_probe({"0003", "uon"});
    CHECK(lanes.full(start + 1s).first.size() == 1);
    CHECK(lanes.free_slots() == 9);
}

TEST_CASE("a peer that asked for a pause is left alone until then", "[outbox]") {
    Lanes lanes(10, 4, 2);
    lanes.pause("0367", "uon", start + 5s);
    CHECK(lanes.full(start + 4s).first.size() == 1);
    CHECK(lanes.full(start + 5s).first.empty());
}
