#include "migration_plan.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using pg::AppliedMigration;
using pg::Migration;

namespace {

const std::vector<Migration> three = {{1, "first", "a"}, {2, "second", "b"}, {3, "third", "c"}};
const std::vector<std::string> sums = {"A", "B", "C"};

base::Result<std::vector<std::size_t>> plan(const std::vector<AppliedMigration>& applied) {
    return pg::plan_migrations(three, sums, applied);
}

}  // namespace

TEST_CASE("An empty database gets every migration in order", "[pg]") {
    CHECK(plan({}).value() == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("What was applied is left alone", "[pg]") {
    CHECK(plan({{1, "A"}, {2, "B"}}).value() == std::vector<std::size_t>{2});
    CHECK(plan({{1, "A"}, {2, "B"}, {3, "C"}}).value().empty());
}

TEST_CASE("Migrations of a newer release are no error", "[pg]") {
    CHECK(plan({{1, "A"}, {2, "B"}, {3, "C"}, {4, "D"}}).value().empty());
}

TEST_CASE("A changed migration is named", "[pg]") {
    const auto refused = plan({{1, "A"}, {2, "other"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::invalid_input);
    CHECK(refused.error().detail == "migration 2 (second) was changed after it had been applied");
}

TEST_CASE("A hole among the applied ones is named", "[pg]") {
    const auto refused = plan({{1, "A"}, {3, "C"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail == "migration 2 (second) was never applied, but migration 3 was");
}

TEST_CASE("A hole among the given ones is named", "[pg]") {
    const std::vector<Migration> holed = {{1, "first", "a"}, {3, "third", "c"}};
    const auto refused = pg::plan_migrations(holed, sums, {});
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().detail, ContainsSubstring("migration 2 is missing"));
    CHECK_THAT(refused.error().detail, ContainsSubstring("migration 3 (third)"));
}
