#include "pattern.hpp"

#include <set>

#include "json/document.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::call_emulator;

TEST_CASE("the contract's plain sequences are there", "[call_emulator]") {
    for (const auto* id : {
             "inbound-answered",
             "inbound-group-answered",
             "inbound-missed",
             "outbound-answered",
             "outbound-not-answered",
             "internal-answered",
             "internal-missed",
             "hangup-only",
         }) {
        INFO(id);
        CHECK(find_pattern(id) != nullptr);
    }
    CHECK(find_pattern("nothing") == nullptr);
}

TEST_CASE("ids are unique and no run lasts longer than a minute", "[call_emulator]") {
    std::set<std::string> ids;
    for (const auto& pattern : patterns()) {
        INFO(pattern.id);
        CHECK(ids.insert(pattern.id).second);
        CHECK(pattern.length() <= std::chrono::minutes(1));
        CHECK(pattern.steps.back().event == call::EventType::hangup);
        CHECK(pattern.find_field("token") != nullptr);
    }
}

TEST_CASE("the list of patterns is JSON with durations", "[call_emulator]") {
    const auto document = json::parse(patterns_json(), {.max_bytes = 1 << 20, .max_depth = 16});
    REQUIRE(document);
    const auto items = document->root().find("items");
    REQUIRE(items);
    REQUIRE(items->size() == patterns().size());
    CHECK((*items)[0].find("id")->string() == patterns()[0].id);
    CHECK((*items)[0].find("duration_ms")->integer() == patterns()[0].length().count());
}

TEST_CASE("a wrong pattern names every wrong place", "[call_emulator]") {
    const auto wrong =
        pattern_from_json(R"({"id":"x","title":{"ru":"x"},"description":{"ru":"x","en":"x"},
        "fields":[{"name":"a","title":{"ru":"x","en":"x"},"type":"date","default":"1"}],
        "steps":[{"after_ms":-1,"event":"ring","body":[]}]})");
    REQUIRE_FALSE(wrong);
    std::set<std::string> paths;
    for (const auto& field : wrong.error().fields) {
        paths.insert(field.path);
    }
    CHECK(paths.contains("/title/en"));
    CHECK(paths.contains("/fields/0/type"));
    CHECK(paths.contains("/steps/0/after_ms"));
    CHECK(paths.contains("/steps/0/event"));
    CHECK(paths.contains("/steps/0/body"));
    CHECK(paths.contains("/expected"));
    CHECK_FALSE(pattern_from_json("{"));
}
