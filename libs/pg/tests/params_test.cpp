#include "pg/params.hpp"

#include <cstdint>
#include <limits>

#include "testing/catch.hpp"

using namespace trunkline;
using pg::Params;

namespace {

std::string only(const Params& params) {
    REQUIRE(params.size() == 1);
    return params.values()[0].value_or("<NULL>");
}

}  // namespace

TEST_CASE("Parameters become PostgreSQL's text format", "[pg]") {
    CHECK(only(Params::of("text")) == "text");
    CHECK(only(Params::of(std::string("owned"))) == "owned");
    CHECK(only(Params::of(std::string_view("viewed"))) == "viewed");
    CHECK(only(Params::of("")).empty());
    CHECK(only(Params::of(std::numeric_limits<std::int64_t>::min())) == "-9223372036854775808");
    CHECK(only(Params::of(std::numeric_limits<std::int64_t>::max())) == "9223372036854775807");
    CHECK(only(Params::of(std::uint16_t{65535})) == "65535");
    CHECK(only(Params::of(true)) == "t");
    CHECK(only(Params::of(false)) == "f");
    CHECK(only(Params::of(0.1)) == "0.1");
    CHECK(only(Params::of(nullptr)) == "<NULL>");
    CHECK(only(Params::of(std::optional<int>())) == "<NULL>");
    CHECK(only(Params::of(std::optional<int>(7))) == "7");
    CHECK(only(Params::of(std::optional<std::string>("x"))) == "x");
    CHECK(only(Params::of(pg::Json{R"({"a":1})"})) == R"({"a":1})");
    CHECK(only(Params::of(pg::Bytes{std::string("\0\xff", 2)})) == "\\x00ff");
}

TEST_CASE("A pointer to text is text and never a truth value", "[pg]") {
    const char* pointer = "pointed";
    CHECK(only(Params::of(pointer)) == "pointed");
}

TEST_CASE("A time keeps its microseconds and its zone", "[pg]") {
    const base::WallTime time{std::chrono::microseconds(1759328625123456)};
    CHECK(only(Params::of(time)) == "2025-10-01T14:23:45.123456Z");
}

TEST_CASE("Arrays are quoted so that no element is taken for syntax", "[pg]") {
    CHECK(only(Params::of(std::vector<std::string>{})) == "{}");
    CHECK(
        only(Params::of(std::vector<std::string>{"a", "", "NULL", "x,y", "q\"b\\"})) ==
        R"({"a","","NULL","x,y","q\"b\\"})"
    );
    CHECK(
        only(Params::of(std::vector<std::optional<std::string>>{"a", std::nullopt})) ==
        R"({"a",NULL})"
    );
    CHECK(only(Params::of(std::vector<std::int64_t>{1, -2})) == "{1,-2}");
}

TEST_CASE("A NUL octet is refused rather than cut off", "[pg]") {
    CHECK(Params::of("fine", nullptr, 7).check());
    const auto refused = Params::of("fine", std::string("a\0b", 3)).check();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::invalid_input);
    CHECK_THAT(refused.error().detail, ContainsSubstring("$2"));
}

TEST_CASE("More parameters than the protocol counts are refused", "[pg]") {
    Params params;
    for (int count = 0; count < 65535; ++count) {
        params << nullptr;
    }
    CHECK(params.check());
    params << nullptr;
    const auto refused = params.check();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::too_large);
}
