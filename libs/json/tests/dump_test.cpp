#include <string>

#include "json/document.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

std::string dumped(std::string_view text, unsigned indent = 0) {
    const auto document = json::parse(text);
    REQUIRE(document.has_value());
    return document->root().dump(indent);
}

}  // namespace

TEST_CASE("Numbers are written digit by digit as they came", "[json]") {
    const auto* const text = GENERATE(
        "0",
        "-0",
        "1759225684.16",
        "1759225684.160",
        "0.1",
        "1e3",
        "1E+3",
        "123456789012345678901234567890",
        "18446744073709551615",
        "-9223372036854775808",
        "3.141592653589793238462643383279",
        "1.0",
        "1e-400"
    );
    CHECK(dumped(text) == text);
}

TEST_CASE("Compact text has no white space and keeps the order of keys", "[json]") {
    CHECK(
        dumped(R"({ "b" : [ 1 , {} , [] ] , "a" : { "x" : null , "y" : true , "z" : false } })") ==
        R"({"b":[1,{},[]],"a":{"x":null,"y":true,"z":false}})"
    );
}

TEST_CASE("Indented text has one member a line", "[json]") {
    CHECK(dumped(R"({"Token":"3752","Extensions":["150","151"],"Empty":[],"None":{}})", 2) == R"({
  "Token": "3752",
  "Extensions": [
    "150",
    "151"
  ],
  "Empty": [],
  "None": {}
})");
}

TEST_CASE("UTF-8 stays unescaped, control characters do not", "[json]") {
    CHECK(
        dumped(R"("\u041c\u0438\u043d\u0441\u043a 📦 \u007f \u0000\u001f\n\"\\\/")") ==
        "\"Минск 📦 \x7F \\u0000\\u001f\\n\\\"\\\\/\""
    );
}

TEST_CASE("An inner value can be dumped alone", "[json]") {
    const auto document = json::parse(R"({"a":{"b":[1,"x"]}})");
    REQUIRE(document.has_value());
    CHECK(document->root().find("a")->dump() == R"({"b":[1,"x"]})");
    CHECK((*document->root().find("a")->find("b"))[1].dump() == R"("x")");
}
