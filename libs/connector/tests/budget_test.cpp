#include "budget.hpp"

#include "testing/catch.hpp"

using namespace trunkline::connector;
using namespace std::chrono_literals;

namespace {

const trunkline::base::SteadyTime start{100s};

}  // namespace

TEST_CASE("a quiet account has its burst, then its rate", "[connector]") {
    Budget budget({.per_second = 2, .burst = 3, .parallel = 1}, start);
    for (int request = 0; request < 3; ++request) {
        CHECK(budget.ready_at(1, start) == start);
        budget.spend(1, start);
    }
    const auto next = budget.ready_at(1, start);
    CHECK(next >= start + 500ms);
    CHECK(next <= start + 502ms);
    CHECK(budget.ready_at(1, next) == next);
    // It never has more than its burst, however long it was quiet.
    budget.spend(1, next);
    const auto later = start + 1h;
    budget.spend(3, later);
    CHECK(budget.ready_at(1, later) > later);
}

TEST_CASE("a cost over the burst comes when the burst is there", "[connector]") {
    Budget budget({.per_second = 1, .burst = 4, .parallel = 1}, start);
    CHECK(budget.ready_at(10, start) == start);
    budget.spend(10, start);
    CHECK(budget.ready_at(10, start) > start + 3900ms);
}

TEST_CASE("a pause holds everything, and a shorter one does not end a longer", "[connector]") {
    Budget budget({.per_second = 10, .burst = 10, .parallel = 1}, start);
    budget.pause_until(start + 5s);
    budget.pause_until(start + 1s);
    CHECK(budget.ready_at(1, start) == start + 5s);
    CHECK(budget.ready_at(1, start + 6s) == start + 6s);
}

TEST_CASE("new limits keep what is there, up to the new burst", "[connector]") {
    Budget budget({.per_second = 10, .burst = 10, .parallel = 1}, start);
    budget.set_limits({.per_second = 1, .burst = 2, .parallel = 1}, start);
    budget.spend(2, start);
    CHECK(budget.ready_at(1, start) >= start + 1s);
}
