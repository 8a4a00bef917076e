#include "json/document.hpp"
#include "story/ledger.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

json::View member(json::View of, std::string_view name) {
    const auto found = of.find(name);
    if (!found) {
        FAIL("there is no " << name);
    }
    return *found;
}

std::string text(json::View of, std::string_view name) {
    return std::string(member(of, name).string().value_or(""));
}

story::LedgerPage page_of_one() {
    story::LedgerRow row;
    row.enterprise = "0367";
    row.hour = *base::parse_iso8601("2026-01-15T12:00:00Z");
    row.received = 970;
    row.missing = 30;
    story::LedgerPage page;
    page.rows = {row, row};
    page.rows[1].pbx = "branch";
    page.gaps = {{"0367", "branch", 7, 9, row.hour}, {"0367", "branch", 5, 5, row.hour}};
    return page;
}

}  // namespace

TEST_CASE("the table has hours of the zone, a line of sums and the gaps", "[story]") {
    const auto table = story::to_table(page_of_one(), "Europe/Minsk");
    CHECK_THAT(table, ContainsSubstring("2026-01-15 15:00"));
    CHECK_THAT(table, ContainsSubstring("пропало"));
    CHECK_THAT(table, ContainsSubstring("всего / total"));
    CHECK_THAT(table, ContainsSubstring("1940"));
    CHECK_THAT(table, ContainsSubstring("7-9 (3)"));
    CHECK_THAT(table, ContainsSubstring("5 (1)"));
    CHECK(table.back() != '\n');
}

TEST_CASE("the page as JSON has items, next and gaps", "[story]") {
    const auto document = json::parse(story::to_json(page_of_one()));
    REQUIRE(document);
    const auto root = document->root();
    const auto items = member(root, "items");
    REQUIRE(items.size() == 2);
    CHECK(text(items[1], "pbx") == "branch");
    CHECK(member(items[0], "missing").integer() == 30);
    CHECK(member(root, "next").is_null());
    CHECK(member(member(root, "gaps")[0], "count").integer() == 3);
}
