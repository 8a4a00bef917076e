#include <set>

#include "base/text.hpp"
#include "json/document.hpp"
#include "pattern_book.hpp"
#include "testing/catch.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace trunkline::call_emulator;

TEST_CASE("every row of the contract is there, and the troubles besides", "[call_emulator]") {
    const PatternBook book;
    std::set<std::int64_t> rows;
    const auto ids = base::split(book.known_ids(), ',');
    for (const auto& id : ids) {
        const auto row = book.find(id)->document.root().find("contract_row");
        rows.insert(row ? row->integer().value_or(0) : 0);
    }
    for (std::int64_t row = 1; row <= 13; ++row) {
        INFO(row);
        CHECK(rows.contains(row));
    }
    CHECK(ids.size() >= 32);
    CHECK(book.find("nothing") == nullptr);
}

TEST_CASE(
    "no run lasts longer than two minutes, and each names its enterprise", "[call_emulator]"
) {
    const PatternBook book;
    for (const auto& id : base::split(book.known_ids(), ',')) {
        INFO(id);
        const auto pattern = book.find(id);
        REQUIRE(pattern);
        CHECK(pattern->length() < std::chrono::minutes(2));
        CHECK(pattern->find_field("token") != nullptr);
    }
}

TEST_CASE("the list of patterns is JSON with durations", "[call_emulator]") {
    const PatternBook book;
    const auto document = json::parse(book.to_json(), {.max_bytes = 1 << 20, .max_depth = 16});
    REQUIRE(document);
    const auto items = document->root().find("items");
    REQUIRE(items);
    CHECK(items->size() == base::split(book.known_ids(), ',').size());
    const auto id = (*items)[0].find("id")->string();
    REQUIRE(id);
    CHECK((*items)[0].find("duration_ms")->integer() == book.find(*id)->length().count());
    CHECK((*items)[0].find("imported")->boolean() == false);
}

TEST_CASE("a wrong pattern names every wrong place", "[call_emulator]") {
    const auto wrong = playback::pattern_from_json(
        R"({"id":"x","title":{"ru":"x"},"description":{"ru":"x","en":"x"},
        "fields":[{"name":"a","title":{"ru":"x","en":"x"},"type":"date","default":"1"}],
        "steps":[{"after_ms":-1,"event":"ring","body":[]}]})"
    );
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
    CHECK_FALSE(playback::pattern_from_json("{"));
}

TEST_CASE("imported patterns are played, kept in a folder and forgotten", "[call_emulator]") {
    const auto text = [](const std::string& id, const std::string& phone) {
        return R"({"id":")" + id +
               R"(","title":{"ru":"x","en":"x"},"description":{"ru":"x","en":"x"},
        "fields":[{"name":"token","title":{"ru":"x","en":"x"},"type":"text","default":"1"}],
        "steps":[{"after_ms":0,"event":"hangup","body":{"UniqueId":"{unique_id.1}","Phone":")" +
               phone + R"("}}],"expected":{"chat":[],"crm":[],"call":{}}})";
    };
    const testing::TempFolder folder;
    const auto kept = folder.path() / "patterns";
    {
        PatternBook book;
        REQUIRE(book.keep_in(kept));
        REQUIRE(book.add(text("mine", "1")));
        REQUIRE(book.add(text("mine", "2")));
        CHECK(book.add(text("hangup-only", "1")).error().code == base::Errc::conflict);
        CHECK(book.add(text("wrong", "{colour}")).error().code == base::Errc::invalid_input);
        CHECK(book.add(text("../up", "1")).error().code == base::Errc::invalid_input);
        CHECK(book.remove("hangup-only").error().code == base::Errc::forbidden);
        CHECK(book.remove("nothing").error().code == base::Errc::not_found);
    }
    PatternBook again;
    REQUIRE(again.keep_in(kept));
    const auto mine = again.find("mine");
    REQUIRE(mine);
    CHECK(mine->steps.front().body.find("Phone")->string() == "2");
    CHECK(again.is_imported("mine"));
    CHECK(again.remove("mine"));
    CHECK(std::filesystem::is_empty(kept));
}
