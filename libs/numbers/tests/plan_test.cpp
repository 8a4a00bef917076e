#include "numbers/plan.hpp"

#include <atomic>
#include <string>
#include <thread>

#include "json/document.hpp"
#include "numbers/plain.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::numbers;

TEST_CASE("Equal settings share one plan, in whatever order they come", "[numbers]") {
    Plans plans;
    const Rule first{
        .id = 1, .line = "", .priority = 1, .pattern = "375{9}", .replacement = "", .comment = ""
    };
    const Rule second{
        .id = 2, .line = "", .priority = 2, .pattern = "7{10}", .replacement = "", .comment = ""
    };
    const auto one = plans.make({.region = "BY", .lines = {}, .rules = {first, second}});
    const auto same = plans.make({.region = "BY", .lines = {"0001363"}, .rules = {second, first}});
    const auto other = plans.make({.region = "RU", .lines = {}, .rules = {first, second}});
    CHECK(one.plan == same.plan);
    CHECK(one.plan != other.plan);
}

TEST_CASE("One enterprise's rules never touch another's numbers", "[numbers][tenants]") {
    Plans plans;
    const Rule rule{
        .id = 1,
        .line = "",
        .priority = 1,
        .pattern = "(\\d{7})",
        .replacement = "+37517\\1",
        .comment = ""
    };
    const auto with = plans.make({.region = "BY", .lines = {}, .rules = {rule}}).plan;
    const auto without = plans.make({.region = "BY", .lines = {}, .rules = {}}).plan;
    // Asked in turn, so that a cache shared by mistake would show.
    for (int round = 0; round < 2; ++round) {
        CHECK(with->identify("2345678").key == "375172345678");
        CHECK(without->identify("2345678").key == "2345678");
    }
}

TEST_CASE("A plan outlives the Plans that made it", "[numbers]") {
    std::shared_ptr<const Plan> plan;
    {
        Plans plans;
        plan = plans.make({.region = "BY", .lines = {}, .rules = {}}).plan;
    }
    CHECK(plan->identify("80291234567").key == "375291234567");
}

TEST_CASE("An explanation tells each step and its reason", "[numbers]") {
    Plans plans;
    const Rule rule{
        .id = 7,
        .line = "0001363",
        .priority = 1,
        .pattern = "375{9}",
        .replacement = "",
        .comment = ""
    };
    const auto plan = plans.make({.region = "BY", .lines = {}, .rules = {rule}}).plan;
    const auto told = plan->explain(" 99291234567", "0001363");
    REQUIRE(told.steps.size() == 4);
    CHECK(told.steps[0].what == "clean");
    CHECK(told.steps[1].what == "rule");
    CHECK(told.steps[1].number == "375291234567");
    CHECK(told.steps[1].why == "0001363: 375{9} fits");
    CHECK(told.steps[2].what == "national");
    CHECK(told.steps[3].why == "a number of BY");
    CHECK(told.identity == plan->identify(" 99291234567", "0001363"));
    CHECK(
        told.to_json() ==
        R"({"raw":" 99291234567","region":"BY","line":"0001363","kind":"external","canonical":"+375291234567",)"
        R"("match_key":"375291234567","e164":"+375291234567","country":"BY","valid":true,"rule":7,"steps":[)"
        R"({"step":"clean","number":"99291234567","reason":"blanks around it are no part of it"},)"
        R"({"step":"rule","number":"375291234567","reason":"0001363: 375{9} fits"},)"
        R"({"step":"national","number":"+375291234567","reason":"dialled so in BY"},)"
        R"({"step":"e164","number":"+375291234567","reason":"a number of BY"}]})"
    );
    const auto other = plan->explain("99291234567", "0001364");
    CHECK(other.steps[0].why == "0001363: 375{9} is for another line");
    CHECK(other.identity.rule == 0);
}

TEST_CASE("A match key is the plain key of the canonical number", "[numbers]") {
    Plans plans;
    for (const char* region : {"BY", "RU", "DE", "XX"}) {
        const auto plan = plans.make({.region = region, .lines = {}, .rules = {}}).plan;
        for (const char* raw :
             {"80291234567",
              "+375291234567",
              "151",
              "0001363",
              "12345",
              "1234567",
              "84950000000",
              "80290000001",
              "+80290000001",
              "00000000000",
              "s",
              ""}) {
            const auto identity = plan->identify(raw);
            INFO(region << " " << raw);
            CHECK(match_key(identity.canonical) == identity.key);
        }
    }
}

TEST_CASE("Several threads may ask one plan", "[numbers]") {
    Plans plans(4);
    const auto plan = plans.make({.region = "BY", .lines = {}, .rules = {}}).plan;
    std::atomic<int> wrong = 0;
    const auto ask = [&] {
        for (int i = 0; i < 2000; ++i) {
            const auto last = std::to_string(i % 8);
            wrong += plan->identify("8029123456" + last).key == "37529123456" + last ? 0 : 1;
        }
    };
    std::jthread first(ask);
    std::jthread second(ask);
    first.join();
    second.join();
    CHECK(wrong == 0);
}
