// Real ways in which exchanges and people of five countries write one number.
#include <array>
#include <string_view>
#include <vector>

#include "numbers/plan.hpp"
#include "testing/catch.hpp"

using namespace trunkline::numbers;

namespace {

struct Spellings {
    std::string_view region;
    std::string_view e164;
    std::vector<std::string_view> writings;
};

const std::vector<Spellings> table = {
    {"BY",
     "+375291234567",
     {"+375291234567",
      "375291234567",
      "80291234567",
      "8 029 123-45-67",
      "8-(029)-123-45-67",
      "291234567",
      "0291234567",
      "810375291234567",
      "00375291234567",
      "+375 (29) 123-45-67",
      "375 29 123.45.67",
      " +375291234567 ",
      "+375 029 1234567"}},
    {"BY", "+375173880000", {"80173880000", "173880000", "375173880000", "+375 17 388-00-00"}},
    {"BY", "+74951234567", {"+74951234567", "74951234567", "84951234567", "81074951234567"}},
    {"BY", "+48221234567", {"+48221234567", "48221234567", "81048221234567"}},
    {"BY", "+4930123456", {"+4930123456", "8104930123456", "004930123456"}},
    // Numbers of the seeds: of the right length, though nobody has them.
    {"BY", "+375290000001", {"+375290000001", "375290000001", "80290000001", "8 (029) 000-00-01"}},
    {"RU",
     "+74951234567",
     {"+74951234567",
      "84951234567",
      "8 (495) 123-45-67",
      "74951234567",
      "4951234567",
      "8-495-123-45-67",
      "81074951234567"}},
    {"RU", "+79161234567", {"89161234567", "9161234567", "79161234567", "+7 916 123 45 67"}},
    {"RU", "+78005553535", {"88005553535", "8 800 555-35-35", "+78005553535"}},
    {"RU", "+375291234567", {"+375291234567", "375291234567", "810375291234567"}},
    {"RU", "+48221234567", {"48221234567", "+48 22 123 45 67"}},
    {"KZ",
     "+77011234567",
     {"87011234567", "77011234567", "7011234567", "+7 701 123-45-67", "8 (701) 123 45 67"}},
    {"KZ", "+77272501234", {"87272501234", "+77272501234"}},
    {"PL",
     "+48221234567",
     {"221234567", "+48221234567", "48221234567", "0048221234567", "22 123 45 67", "(22) 123-45-67"}
    },
    {"PL", "+48501234567", {"501234567", "501-234-567", "+48 501 234 567"}},
    {"PL", "+375291234567", {"+375291234567", "00375291234567", "375291234567"}},
    {"DE",
     "+4930123456",
     {"030123456", "030/123456", "+4930123456", "004930123456", "(030) 12 34 56", "030-123456"}},
    {"DE", "+4915112345678", {"015112345678", "0151 12345678", "+49 151 12345678", "4915112345678"}
    },
    {"DE", "+375291234567", {"00375291234567", "+375291234567", "375291234567"}},
};

}  // namespace

TEST_CASE("All writings of a number are one identity in its country", "[numbers]") {
    Plans plans;
    for (const auto& row : table) {
        const auto plan =
            plans.make({.region = std::string(row.region), .lines = {}, .rules = {}}).plan;
        for (const auto writing : row.writings) {
            const auto identity = plan->identify(writing);
            INFO(row.region << " " << writing << ": " << plan->explain(writing).to_json());
            CHECK(identity.e164 == row.e164);
            CHECK(identity.canonical == row.e164);
            CHECK(identity.key == row.e164.substr(1));
            CHECK(identity.kind == Kind::external);
        }
    }
}

TEST_CASE("The same digits are another number in another country", "[numbers]") {
    Plans plans;
    const auto of = [&](const char* region) {
        return plans.make({.region = region, .lines = {}, .rules = {}})
            .plan->identify("0301234567")
            .e164;
    };
    CHECK(of("DE") == "+49301234567");
    CHECK(of("BY") != of("DE"));
}

TEST_CASE("What only looks alike stays apart", "[numbers]") {
    Plans plans;
    const auto plan = plans.make({.region = "BY", .lines = {}, .rules = {}}).plan;
    const auto key = [&](const char* raw) { return plan->identify(raw).key; };
    CHECK(key("+79291234567") != key("+375291234567"));
    CHECK(key("+80291234567") != key("+375291234567"));
    CHECK(key("1234567") != key("+375291234567"));
}

TEST_CASE("Kinds that no country's plan decides", "[numbers]") {
    Plans plans;
    const auto plan =
        plans.make({.region = "BY", .lines = {"office", "375173880000"}, .rules = {}}).plan;
    const auto check = [&](const char* raw, Kind kind, const char* canonical, const char* key) {
        const auto identity = plan->identify(raw);
        INFO(raw << ": " << plan->explain(raw).to_json());
        CHECK(identity.kind == kind);
        CHECK(identity.canonical == canonical);
        CHECK(identity.key == key);
    };
    check("", Kind::hidden, "", "");
    check("  ", Kind::hidden, "", "");
    check("<unknown>", Kind::hidden, "", "");
    check("Anonymous", Kind::hidden, "", "");
    check("s", Kind::unusable, "s", "");
    check("12", Kind::unusable, "12", "");
    check("151", Kind::internal, "151", "151");
    check("1510", Kind::internal, "1510", "1510");
    check("0001363", Kind::line, "0001363", "0001363");
    check("office", Kind::line, "office", "office");
    check("375173880000", Kind::line, "375173880000", "375173880000");
    check("12345", Kind::service, "12345", "12345");
    check("1234567", Kind::external, "1234567", "1234567");
    check("123456789012345678901", Kind::unusable, "123456789012345678901", "");
}

TEST_CASE("Without a known country only international writings are understood", "[numbers]") {
    Plans plans;
    const auto made = plans.make({.region = "XX", .lines = {}, .rules = {}});
    CHECK(made.problems.empty());
    CHECK_THAT(
        made.plan->explain("221234567").steps.front().why,
        ContainsSubstring("\"XX\" has no numbering plan")
    );
    const auto odd = plans.make({.region = "Belarus", .lines = {}, .rules = {}});
    REQUIRE(odd.problems.size() == 1);
    CHECK_THAT(odd.problems.front(), ContainsSubstring("region \"Belarus\""));
    CHECK(odd.plan->identify("+375291234567").e164 == "+375291234567");
    CHECK(made.plan->identify("+375291234567").e164 == "+375291234567");
    CHECK(made.plan->identify("375291234567").e164 == "+375291234567");
    CHECK(made.plan->identify("80291234567").e164 == "+375291234567");
    CHECK(made.plan->identify("221234567").e164.empty());
}

TEST_CASE("An Italian number keeps its zero, and every identity is its own", "[numbers]") {
    Plans plans;
    const auto italy = plans.make({.region = "IT", .lines = {}, .rules = {}}).plan;
    CHECK(italy->identify("0612345678").e164 == "+390612345678");
    for (const char* raw :
         {"+390612345678", "+5491123456789", "+5215512345678", "+551123456789", "12345", "1234567"
         }) {
        const auto once = italy->identify(raw);
        const auto twice = italy->identify(once.canonical);
        INFO(raw);
        CHECK(once.canonical == twice.canonical);
        CHECK(once.key == twice.key);
    }
}
