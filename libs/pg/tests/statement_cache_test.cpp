#include "statement_cache.hpp"

#include "testing/catch.hpp"

using trunkline::pg::StatementCache;

namespace {

std::string prepare(StatementCache& cache, const std::string& sql) {
    auto name = cache.new_name();
    cache.prepared(sql, name);
    return name;
}

}  // namespace

TEST_CASE("A prepared text is found under its name", "[pg]") {
    StatementCache cache(2);
    CHECK_FALSE(cache.find("select 1").has_value());
    const auto name = prepare(cache, "select 1");
    CHECK(cache.find("select 1") == name);
    CHECK(cache.take_evicted().empty());
}

TEST_CASE("The text that was used longest ago makes room", "[pg]") {
    StatementCache cache(2);
    prepare(cache, "a");
    const auto b = prepare(cache, "b");
    (void)cache.find("a");
    prepare(cache, "c");
    CHECK(cache.size() == 2);
    CHECK(cache.find("a").has_value());
    CHECK_FALSE(cache.find("b").has_value());
    CHECK(cache.take_evicted() == std::vector{b});
    CHECK(cache.take_evicted().empty());
}

TEST_CASE("A text prepared twice keeps its first name and drops the second", "[pg]") {
    StatementCache cache(4);
    const auto first = prepare(cache, "a");
    const auto second = prepare(cache, "a");
    CHECK(cache.find("a") == first);
    CHECK(cache.take_evicted() == std::vector{second});
}

TEST_CASE("Names are never used again, even after forgetting all", "[pg]") {
    StatementCache cache(4);
    const auto first = prepare(cache, "a");
    cache.clear();
    CHECK_FALSE(cache.find("a").has_value());
    CHECK(cache.take_evicted() == std::vector{first});
    CHECK(prepare(cache, "a") != first);
}
