#include "json/postgres.hpp"

#include <string>

#include "testing/catch.hpp"

using namespace trunkline;

namespace {

std::optional<std::string> verdict(std::string_view text) {
    const auto document = json::parse(text, {.max_bytes = 1'000'000, .max_depth = 100'000});
    REQUIRE(document.has_value());
    return json::why_not_jsonb(document->root());
}

}  // namespace

TEST_CASE("Ordinary events are fit for jsonb", "[json]") {
    const auto* const text = GENERATE(
        R"({"Token":"375293332255","UniqueId":"1759225684.16","CallType":0,"Extensions":["150",""]})",
        R"({"a":1759225684.16,"b":-0.0,"c":1e300,"d":1e-300,"e":null,"":""})",
        R"("\u0001\uffff\ud83d\udce6")",
        "123456789012345678901234567890"
    );
    CHECK_FALSE(verdict(text).has_value());
}

TEST_CASE("U+0000 is found in strings and keys, at any depth", "[json]") {
    CHECK(verdict(R"("\u0000")") == "a string holds U+0000, which PostgreSQL cannot store");
    CHECK(
        verdict(R"({"a":[1,{"b":"x\u0000y"}]})") ==
        "/a/1/b: a string holds U+0000, which PostgreSQL cannot store"
    );
    CHECK(
        verdict(R"({"o":{"k\u0000":1}})") ==
        "/o/k\\u0000: a key holds U+0000, which PostgreSQL cannot store"
    );
}

TEST_CASE("Numbers beyond numeric are found", "[json]") {
    CHECK_FALSE(verdict("1e-16383").has_value());
    CHECK(verdict("1e-16384") == "a number has more digits than PostgreSQL's numeric can hold");
    CHECK(
        verdict(R"({"x":[0,1e-400000]})") ==
        "/x/1: a number has more digits than PostgreSQL's numeric can hold"
    );
    CHECK(verdict("0e-16384").has_value());
    CHECK_FALSE(verdict("1." + std::string(16'383, '0')).has_value());
    CHECK(verdict("1." + std::string(16'384, '0')).has_value());
}

TEST_CASE("What is too deep for PostgreSQL's parser is found", "[json]") {
    CHECK_FALSE(verdict(std::string(1000, '[') + std::string(1000, ']')).has_value());
    const auto why = verdict(std::string(1001, '[') + std::string(1001, ']'));
    CHECK_THAT(why.value_or(""), ContainsSubstring("nested deeper than 1000 levels"));
}
