#include "json/writer.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "testing/catch.hpp"

using namespace trunkline;
using json::Writer;

TEST_CASE("A writer puts commas and colons where they belong", "[json]") {
    Writer writer;
    writer.begin_object()
        .member("status", "ok")
        .member("n", 3)
        .key("list")
        .begin_array()
        .value(1)
        .value("x")
        .begin_object()
        .end_object()
        .begin_array()
        .end_array()
        .end_array()
        .member("last", true)
        .end_object();
    CHECK(writer.take() == R"({"status":"ok","n":3,"list":[1,"x",{},[]],"last":true})");
}

TEST_CASE("All kinds of values are written", "[json]") {
    Writer writer;
    writer.begin_array()
        .value(std::int64_t{INT64_MIN})
        .value(std::uint64_t{UINT64_MAX})
        .value(std::uint16_t{8000})
        .value(std::string("s"))
        .value(std::string_view("v"))
        .value(nullptr)
        .value(std::optional<int>())
        .value(std::optional<std::string>("o"))
        .value(std::vector<std::string>{"a", "b"})
        .value(false)
        .raw(R"({"r":1})")
        .end_array();
    CHECK(
        writer.take() ==
        R"([-9223372036854775808,18446744073709551615,8000,"s","v",null,null,"o",["a","b"],false,{"r":1}])"
    );
}

TEST_CASE("Doubles are written as the shortest text that reads back the same", "[json]") {
    struct Case {
        double value;
        std::string_view text;
    };
    const auto [value, text] = GENERATE(
        Case{1759225684.16, "1759225684.16"},
        Case{0.1, "0.1"},
        Case{-2.5, "-2.5"},
        Case{100.0, "100"},
        Case{1e300, "1e+300"},
        Case{5e-324, "5e-324"},
        Case{0.1 + 0.2, "0.30000000000000004"}
    );
    Writer writer;
    CHECK(writer.value(value).take() == text);
    const auto document = json::parse(text);
    REQUIRE(document.has_value());
    CHECK(document->root().number() == value);
}

TEST_CASE("What JSON cannot say becomes null", "[json]") {
    Writer writer;
    writer.begin_array()
        .value(std::nan(""))
        .value(std::numeric_limits<double>::infinity())
        .value(-std::numeric_limits<double>::infinity())
        .end_array();
    CHECK(writer.take() == "[null,null,null]");
}

TEST_CASE("Strings and keys are escaped and made valid UTF-8", "[json]") {
    CHECK(
        json::quote("a\"b\\c/\n\r\t\b\f\x01\x7F") == "\"a\\\"b\\\\c/\\n\\r\\t\\b\\f\\u0001\x7F\""
    );
    CHECK(json::quote(std::string_view("\0", 1)) == "\"\\u0000\"");
    CHECK(json::quote("Минск 📦") == "\"Минск 📦\"");
    CHECK(json::quote("a\xFFz") == "\"a\xEF\xBF\xBDz\"");
    CHECK(json::quote("") == "\"\"");
    Writer writer;
    CHECK(
        writer.begin_object().member("a\"\xFF", 1).end_object().take() ==
        "{\"a\\\"\xEF\xBF\xBD\":1}"
    );
}

TEST_CASE("A parsed value can be written again", "[json]") {
    const auto document = json::parse(R"({"a":[1.50]})");
    REQUIRE(document.has_value());
    Writer writer;
    writer.begin_object().member("raw", document->root()).end_object();
    CHECK(writer.take() == R"({"raw":{"a":[1.50]}})");
}

TEST_CASE("Calls out of order throw", "[json]") {
    CHECK_THROWS_AS(Writer().end_object(), std::logic_error);
    CHECK_THROWS_AS(Writer().begin_object().value(1), std::logic_error);
    CHECK_THROWS_AS(Writer().begin_object().end_array(), std::logic_error);
    CHECK_THROWS_AS(Writer().begin_object().key("a").end_object(), std::logic_error);
    CHECK_THROWS_AS(Writer().begin_object().key("a").key("b"), std::logic_error);
    CHECK_THROWS_AS(Writer().begin_array().key("a"), std::logic_error);
    CHECK_THROWS_AS(Writer().value(1).value(2), std::logic_error);
    CHECK_THROWS_AS(Writer().begin_array().take(), std::logic_error);
    CHECK_THROWS_AS(Writer().take(), std::logic_error);
}

TEST_CASE("A writer can be used again after its text was taken", "[json]") {
    Writer writer;
    CHECK(writer.value(1).take() == "1");
    CHECK(writer.begin_array().end_array().take() == "[]");
}
