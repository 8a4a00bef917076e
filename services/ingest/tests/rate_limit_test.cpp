#include "rate_limit.hpp"

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

int taken(ingest::RateLimit& limit, int tries, const std::string& pbx = "") {
    int count = 0;
    for (int i = 0; i < tries; ++i) {
        count += limit.take("0367", pbx, std::nullopt) ? 1 : 0;
    }
    return count;
}

}  // namespace

TEST_CASE("a burst of two seconds is taken, then the rate", "[ingest][rate]") {
    testing::FakeClock clock;
    ingest::RateLimit limit(10, clock);
    CHECK(taken(limit, 100) == 20);
    clock.advance(1s);
    CHECK(taken(limit, 100) == 10);
    clock.advance(50ms);
    CHECK(taken(limit, 100) == 0);
    clock.advance(50ms);
    CHECK(taken(limit, 100) == 1);
    clock.advance(1h);
    CHECK(taken(limit, 100) == 20);
}

TEST_CASE("exchanges and enterprises have buckets of their own", "[ingest][rate]") {
    testing::FakeClock clock;
    ingest::RateLimit limit(1, clock);
    CHECK(taken(limit, 5, "a") == 2);
    CHECK(taken(limit, 5, "b") == 2);
    CHECK(limit.take("0368", "a", std::nullopt));
}

TEST_CASE("an enterprise's own rate stands instead, and 0 means none", "[ingest][rate]") {
    testing::FakeClock clock;
    ingest::RateLimit off(0, clock);
    CHECK(taken(off, 1'000) == 1'000);
    CHECK(off.size() == 0);
    CHECK(off.take("0367", "", 1));
    CHECK(off.take("0367", "", 1));
    CHECK_FALSE(off.take("0367", "", 1));
    ingest::RateLimit on(1, clock);
    for (int i = 0; i < 100; ++i) {
        CHECK(on.take("0367", "", 0));
    }
}

TEST_CASE("an exchange that invents names gains nothing and takes no memory", "[ingest][rate]") {
    testing::FakeClock clock;
    ingest::RateLimit limit(10, clock);
    int count = 0;
    for (int i = 0; i < 10'000; ++i) {
        count += limit.take("0367", std::to_string(i), std::nullopt) ? 1 : 0;
    }
    CHECK(limit.size() <= ingest::RateLimit::max_exchanges + 1);
    CHECK(count == ingest::RateLimit::max_exchanges + 20);
    clock.advance(3s);
    CHECK(limit.take("0367", "true one", std::nullopt));
    CHECK(limit.size() == 1);
}

TEST_CASE("the number of enterprises in memory is bounded", "[ingest][rate]") {
    testing::FakeClock clock;
    ingest::RateLimit limit(10, clock);
    for (std::size_t i = 0; i < ingest::RateLimit::max_enterprises + 500; ++i) {
        (void)limit.take(std::to_string(i), "", std::nullopt);
    }
    CHECK(limit.size() == ingest::RateLimit::max_enterprises);
    clock.advance(3s);
    CHECK(limit.take("late", "", std::nullopt));
    CHECK(limit.size() == 1);
}
