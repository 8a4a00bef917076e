#include "name_cache.hpp"

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using integration_cache::NameCache;

TEST_CASE("a name is remembered for its time, an absent one shorter", "[integration-cache]") {
    testing::FakeClock clock;
    NameCache cache(clock, {});
    cache.put("0367", "375296254070", "Иван Петров");
    cache.put("0367", "375296254071", "");
    CHECK(cache.find("0367", "375296254070") == "Иван Петров");
    CHECK(cache.find("0367", "375296254071") == "");
    CHECK_FALSE(cache.find("0270", "375296254070"));
    clock.advance(21s);
    CHECK_FALSE(cache.find("0367", "375296254071"));
    CHECK(cache.find("0367", "375296254070") == "Иван Петров");
    clock.advance(70s);
    CHECK_FALSE(cache.find("0367", "375296254070"));
    CHECK(cache.hits() == 3);
    CHECK(cache.misses() == 3);
}

TEST_CASE("a full cache forgets the least recently used", "[integration-cache]") {
    testing::FakeClock clock;
    NameCache cache(clock, {.present = 90s, .absent = 20s, .entries = 2});
    cache.put("1", "a", "A");
    cache.put("1", "b", "B");
    CHECK(cache.find("1", "a") == "A");
    cache.put("1", "c", "C");
    CHECK(cache.size() == 2);
    CHECK_FALSE(cache.find("1", "b"));
    CHECK(cache.find("1", "a") == "A");
}

TEST_CASE("one enterprise is forgotten without the others", "[integration-cache]") {
    testing::FakeClock clock;
    NameCache cache(clock, {});
    cache.put("1", "a", "A");
    cache.put("2", "a", "B");
    cache.invalidate("1");
    CHECK_FALSE(cache.find("1", "a"));
    CHECK(cache.find("2", "a") == "B");
    cache.invalidate("");
    CHECK(cache.size() == 0);
}
