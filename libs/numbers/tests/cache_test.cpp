#include "cache.hpp"

#include "testing/catch.hpp"

using namespace trunkline::numbers;

namespace {

Identity named(std::string key) {
    Identity identity;
    identity.key = std::move(key);
    return identity;
}

/// "-" if it is not there.
std::string found(Cache& cache, std::uint64_t plan, std::string_view line, std::string_view raw) {
    std::string key = "-";
    cache.find(plan, line, raw, [&](const Identity& identity) { key = identity.key; });
    return key;
}

}  // namespace

TEST_CASE("The least recently used number goes first", "[numbers][cache]") {
    Cache cache(2);
    cache.put(1, "", "a", named("A"));
    cache.put(1, "", "b", named("B"));
    CHECK(found(cache, 1, "", "a") == "A");
    cache.put(1, "", "c", named("C"));
    CHECK(cache.size() == 2);
    CHECK(found(cache, 1, "", "b") == "-");
    CHECK(found(cache, 1, "", "a") == "A");
    CHECK(found(cache, 1, "", "c") == "C");
}

TEST_CASE("Plans and lines do not see each other's numbers", "[numbers][cache]") {
    Cache cache(8);
    cache.put(1, "", "a", named("A"));
    cache.put(2, "", "a", named("other plan"));
    cache.put(1, "x", "a", named("other line"));
    CHECK(found(cache, 1, "", "a") == "A");
    CHECK(found(cache, 2, "", "a") == "other plan");
    CHECK(found(cache, 1, "x", "a") == "other line");
    CHECK(found(cache, 3, "", "a") == "-");
}

TEST_CASE(
    "A cache of one keeps the last number, and the first of two equal ones", "[numbers][cache]"
) {
    Cache cache(0);
    cache.put(1, "", "a", named("A"));
    cache.put(1, "", "b", named("B"));
    cache.put(1, "", "b", named("later"));
    CHECK(found(cache, 1, "", "b") == "B");
    CHECK(found(cache, 1, "", "a") == "-");
    CHECK(cache.size() == 1);
}
