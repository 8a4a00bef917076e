#include "cache.hpp"

#include "testing/catch.hpp"

using namespace trunkline::numbers;

namespace {

Identity named(std::string key) {
    Identity identity;
    identity.key = std::move(key);
    return identity;
}

}  // namespace

TEST_CASE("The least recently used number goes first", "[numbers][cache]") {
    Cache cache(2);
    cache.put(1, "", "a", named("A"));
    cache.put(1, "", "b", named("B"));
    REQUIRE(cache.find(1, "", "a") != nullptr);
    cache.put(1, "", "c", named("C"));
    CHECK(cache.size() == 2);
    CHECK(cache.find(1, "", "b") == nullptr);
    CHECK(cache.find(1, "", "a")->key == "A");
    CHECK(cache.find(1, "", "c")->key == "C");
}

TEST_CASE("Plans and lines do not see each other's numbers", "[numbers][cache]") {
    Cache cache(8);
    cache.put(1, "", "a", named("A"));
    cache.put(2, "", "a", named("other plan"));
    cache.put(1, "x", "a", named("other line"));
    CHECK(cache.find(1, "", "a")->key == "A");
    CHECK(cache.find(2, "", "a")->key == "other plan");
    CHECK(cache.find(1, "x", "a")->key == "other line");
    CHECK(cache.find(3, "", "a") == nullptr);
}

TEST_CASE("A cache of one keeps the last number", "[numbers][cache]") {
    Cache cache(0);
    cache.put(1, "", "a", named("A"));
    CHECK(cache.put(1, "", "b", named("B")).key == "B");
    CHECK(cache.find(1, "", "a") == nullptr);
    CHECK(cache.size() == 1);
}
