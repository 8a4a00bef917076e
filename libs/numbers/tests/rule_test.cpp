#include "numbers/rule.hpp"

#include "numbers/plan.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::numbers;

namespace {

Rule rule(
    std::string pattern, std::string replacement = "", std::string line = "", int priority = 100
) {
    static std::int64_t id = 0;
    return {
        .id = ++id,
        .line = std::move(line),
        .priority = priority,
        .pattern = std::move(pattern),
        .replacement = std::move(replacement),
        .comment = ""
    };
}

std::string why_not(const Rule& refused) {
    const auto checked = check(refused);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == base::Errc::invalid_input);
    return checked.error().detail;
}

}  // namespace

TEST_CASE("PREFIX{N} keeps a number's last N digits", "[numbers][rule]") {
    Plans plans;
    const auto plan =
        plans.make({.region = "BY", .lines = {}, .rules = {rule("+375{9}", "", "0001363")}}).plan;
    CHECK(plan->identify("99291234567", "0001363").e164 == "+375291234567");
    CHECK(plan->identify("0291234567", "0001363").e164 == "+375291234567");
    // Shorter than N, internal, a line, or international already: the rule is silent.
    CHECK(plan->identify("1234567", "0001363").canonical == "1234567");
    CHECK(plan->identify("151", "0001363").kind == Kind::internal);
    CHECK(plan->identify("0001364", "0001363").kind == Kind::line);
    CHECK(plan->identify("+74951234567", "0001363").e164 == "+74951234567");
}

TEST_CASE("PREFIX{N} may follow an expression of its own", "[numbers][rule]") {
    Plans plans;
    const auto plan =
        plans.make({.region = "BY", .lines = {}, .rules = {rule("99\\d+", "+375{9}")}}).plan;
    CHECK(plan->identify("99291234567").e164 == "+375291234567");
    CHECK(plan->identify("74951234567").e164 == "+74951234567");
}

TEST_CASE("An expression has to fit the whole number, and takes groups over", "[numbers][rule]") {
    Plans plans;
    const auto plan =
        plans.make({.region = "BY", .lines = {}, .rules = {rule("9?(\\d{7})", "+37517\\1")}}).plan;
    CHECK(plan->identify("92345678").e164 == "+375172345678");
    CHECK(plan->identify("2345678").e164 == "+375172345678");
    CHECK(plan->identify("80291234567").e164 == "+375291234567");
    // An alternative at the top does not break out of the whole number.
    const auto either =
        plans.make({.region = "BY", .lines = {}, .rules = {rule("1|2345678", "+375172345678")}}
        ).plan;
    CHECK(either->identify("12345678").rule == 0);
    CHECK(either->identify("2345678").rule != 0);
}

TEST_CASE(
    "An expression may lead to an extension, and then no country is asked", "[numbers][rule]"
) {
    Plans plans;
    const auto plan =
        plans.make({.region = "BY", .lines = {}, .rules = {rule("\\+?375173880(\\d{3})", "\\1")}}
        ).plan;
    const auto identity = plan->identify("375173880151");
    CHECK(identity.kind == Kind::internal);
    CHECK(identity.key == "151");
    CHECK(identity.rule != 0);
}

TEST_CASE(
    "A line's own rules go first, then priorities, and one rule is enough", "[numbers][rule]"
) {
    Plans plans;
    const auto plan = plans
                          .make(
                              {.region = "BY",
                               .lines = {},
                               .rules =
                                   {rule("5\\d{6}", "+37517\\0", "", 1),
                                    rule("5\\d{6}", "+37516\\0", "0001363", 50),
                                    rule("5\\d{6}", "+37515\\0", "0001363", 60)}}
                          )
                          .plan;
    CHECK(plan->identify("5234567", "0001363").canonical == "+375165234567");
    CHECK(plan->identify("5234567", "0001364").canonical == "+375175234567");
    CHECK(plan->identify("5234567").canonical == "+375175234567");
    CHECK(plan->lines_with_rules() == std::vector<std::string>{"0001363"});
}

TEST_CASE("A result that is no number leaves the number to the next rule", "[numbers][rule]") {
    Plans plans;
    const auto plan = plans
                          .make(
                              {.region = "BY",
                               .lines = {},
                               .rules = {rule("\\d+", "x", "", 1), rule("\\d+", "+375{9}", "", 2)}}
                          )
                          .plan;
    CHECK(plan->identify("80291234567").e164 == "+375291234567");
}

TEST_CASE("A rule that cannot work is refused in words", "[numbers][rule]") {
    CHECK_THAT(why_not(rule("")), ContainsSubstring("pattern must not be empty"));
    CHECK_THAT(
        why_not(rule("(", "1")), ContainsSubstring("no regular expression (RE2): missing )")
    );
    CHECK_THAT(why_not(rule("(?=1)", "1")), ContainsSubstring("invalid perl operator"));
    CHECK_THAT(why_not(rule("\\d+", "\\2")), ContainsSubstring("replacement \"\\2\""));
    CHECK_THAT(why_not(rule("\\d+")), ContainsSubstring("PREFIX{N}"));
    CHECK_THAT(why_not(rule("375{0}")), ContainsSubstring("5 to 15 digits"));
    CHECK_THAT(why_not(rule("375{13}")), ContainsSubstring("5 to 15 digits"));
    CHECK_THAT(why_not(rule(std::string(501, '1'), "1")), ContainsSubstring("500 bytes"));
    CHECK_THAT(why_not(rule("1", std::string(101, '1'))), ContainsSubstring("100 bytes"));
    // What would unroll to a large program.
    CHECK_THAT(why_not(rule("((\\pL{1,50}){1,50}){1,20}", "1")), ContainsSubstring("(RE2)"));
}

TEST_CASE(
    "A plan leaves out a rule that got into the table by hand, and says so", "[numbers][rule]"
) {
    Plans plans;
    const auto broken = rule("(", "1");
    const PlanSettings settings{.region = "BY", .lines = {}, .rules = {broken, rule("375{9}")}};
    const auto made = plans.make(settings);
    REQUIRE(made.problems.size() == 1);
    CHECK(made.is_new);
    CHECK_THAT(
        made.problems.front(),
        ContainsSubstring(
            "number rule " + std::to_string(broken.id) + " is left out: pattern \"(\""
        )
    );
    CHECK(made.plan->identify("99291234567").e164 == "+375291234567");
    CHECK_FALSE(plans.make(settings).is_new);
}
