#include "playback/placeholders.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::playback;

namespace {

std::optional<Filling> look_up(std::string_view name) {
    if (name == "phone") {
        return Text("+37529{phone}\"");
    }
    if (name == "list") {
        return List{"151", "152"};
    }
    if (name == "empty") {
        return List{};
    }
    return std::nullopt;
}

base::Result<std::string> filled(std::string_view text) {
    const auto document = json::parse(text);
    REQUIRE(document);
    return fill(document->root(), look_up);
}

}  // namespace

TEST_CASE("what is put in is escaped and not looked at again", "[call_emulator]") {
    CHECK(
        filled(R"({"a":"<{phone}>","b":[1,true,null,2.50]})") ==
        R"({"a":"<+37529{phone}\">","b":[1,true,null,2.50]})"
    );
}

TEST_CASE("a list alone becomes an array and inside a text is joined", "[call_emulator]") {
    CHECK(
        filled(R"({"a":"{list}","b":"to {list}!","c":["{list}"],"d":"{empty}","e":"{list} {list}"})"
        ) ==
        R"({"a":["151","152"],"b":"to 151, 152!","c":[["151","152"]],"d":[],"e":"151, 152 151, 152"})"
    );
}

TEST_CASE("an unknown placeholder and an open brace are told", "[call_emulator]") {
    const auto unknown = filled(R"({"a":"{nobody}"})");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == base::Errc::internal);
    CHECK(unknown.error().detail == "there is no placeholder {nobody}");
    const auto open = filled(R"({"a":"x {phone"})");
    REQUIRE_FALSE(open);
    CHECK_THAT(open.error().detail, ContainsSubstring("is not closed"));
}
