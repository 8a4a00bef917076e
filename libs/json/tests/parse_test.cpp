#include <string>

#include "json/document.hpp"
#include "testing/catch.hpp"
#include "testing/present.hpp"

using namespace trunkline;
using json::parse;

namespace {

base::Error refused(std::string_view text, const json::Limits& limits = {}) {
    const auto document = parse(text, limits);
    REQUIRE_FALSE(document.has_value());
    return document.error();
}

std::string dumped(std::string_view text) {
    const auto document = parse(text);
    REQUIRE(document.has_value());
    return document->root().dump();
}

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) {
        text += part;
    }
    return text;
}

}  // namespace

TEST_CASE("Broken JSON is malformed and the error says where and why", "[json]") {
    struct Case {
        std::string_view text;
        std::string_view detail;
    };
    const auto [text, detail] = GENERATE(
        Case{"", "line 1, column 1: there is no value"},
        Case{"  \n ", "line 2, column 2: there is no value"},
        Case{
            "{\n \"a\": 1,\n \"b\" 2}", "line 3, column 6: a colon is missing after a member's name"
        },
        Case{"{\"a\":1 \"b\":2}", "line 1, column 8: a comma or } is missing"},
        Case{"{a:1}", "line 1, column 2: a member's name in double quotes is missing"},
        Case{"{\"a\":1,}", "line 1, column 8: a member's name in double quotes is missing"},
        Case{"[1 2]", "line 1, column 4: a comma or ] is missing"},
        Case{"[1,]", "line 1, column 4: there is no value that could begin like this"},
        Case{"{} {}", "line 1, column 4: something follows the end of the value"},
        Case{"\"abc", "line 1, column 5: a string has no end"},
        Case{"\"a\\x\"", "line 1, column 3: there is no such escape in strings"},
        Case{"\"a\\u12g4\"", "line 1, column 3: \\u needs four hexadecimal digits"},
        Case{"\"a\nb\"", "line 1, column 3: a control character in a string must be escaped"},
        Case{"1.", "line 1, column 3: a digit is missing after the point"},
        Case{"1e", "line 1, column 3: a digit is missing in the exponent"},
        Case{"\"\xD0\xA1\xD0\xBE\" x", "line 1, column 6: something follows the end of the value"}
    );
    INFO(text);
    const auto error = refused(text);
    CHECK(error.code == base::Errc::malformed);
    CHECK(error.detail == detail);
}

TEST_CASE("What is not JSON but near it is refused", "[json]") {
    const auto* const text = GENERATE(
        "nul",
        "True",
        "NaN",
        "Infinity",
        "-Infinity",
        "-",
        "+1",
        "01",
        "-01",
        ".5",
        "1.e5",
        "0x10",
        "'a'",
        "// x\n1",
        "/* x */ 1",
        "[",
        "]",
        "{",
        "}",
        "[}",
        "{\"a\"}",
        "{\"a\":}",
        "{1:2}",
        ",",
        ":",
        "\"\\ud800",
        "\xFE\xFF"
    );
    INFO(text);
    CHECK(refused(text).code == base::Errc::malformed);
}

TEST_CASE("A NUL byte does not hide what follows it", "[json]") {
    const std::string_view behind("{}\0garbage", 10);
    CHECK(refused(behind).detail == "line 1, column 3: something follows the end of the value");
    CHECK(refused(std::string_view("1\0", 2)).code == base::Errc::malformed);
    CHECK(
        refused(std::string_view("\"a\0b\"", 5)).detail ==
        "line 1, column 3: a control character in a string must be escaped"
    );
    CHECK(refused(std::string_view("[1,\0]", 5)).code == base::Errc::malformed);
}

TEST_CASE("Invalid UTF-8 is malformed, raw or overlong or beyond Unicode", "[json]") {
    const auto* const bytes = GENERATE(
        "\xCF",
        "\x80",
        "\xC0\xAF",
        "\xC1\xBF",
        "\xE0\x80\xAF",
        "\xE0\x9F\xBF",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF0\x80\x80\xAF",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xFF",
        "\xD0\x90\xE2\x82",
        "\xC8\xE2\xE0\xED"
    );
    const std::string value = std::string("{\"a\":\"") + bytes + "\"}";
    CHECK(refused(value).code == base::Errc::malformed);
    const std::string key = std::string("{\"") + bytes + "\":1}";
    CHECK(refused(key).detail.ends_with("invalid UTF-8"));
}

TEST_CASE("The borders of valid UTF-8 are accepted", "[json]") {
    const auto* const bytes = GENERATE(
        "\x7F",
        "\xC2\x80",
        "\xDF\xBF",
        "\xE0\xA0\x80",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF",
        "\xF0\x9F\x93\xA6"
    );
    const std::string text = std::string("\"") + bytes + "\"";
    CHECK(dumped(text) == text);
}

TEST_CASE("A lone surrogate is malformed in either half, in values and keys", "[json]") {
    const auto* const text = GENERATE(
        R"("\ud800")",
        R"("\udbff x")",
        R"("\ud800\n")",
        R"("\ud800\u0041")",
        R"("\udc00")",
        R"("x\udfffx")",
        R"({"\udc00":1})",
        R"({"\ud800":1})",
        R"("\udc00\ud800")"
    );
    INFO(text);
    const auto error = refused(text);
    CHECK(error.code == base::Errc::malformed);
    CHECK(error.detail.ends_with("a lone surrogate (\\ud800 to \\udfff) is no character"));
}

TEST_CASE("Escapes become what they mean", "[json]") {
    const auto document = parse(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\udce6")");
    REQUIRE(document.has_value());
    CHECK(document->root().string() == "\"\\/\b\f\n\r\tA\u00e9\u20ac\U0001F4E6");
}

TEST_CASE("U+0000 is kept inside of strings and keys", "[json]") {
    const auto document = parse(R"({"a\u0000b":"\u0000"})");
    REQUIRE(document.has_value());
    const auto found = testing::present(document->root().find(std::string_view("a\0b", 3)));
    CHECK(found.string() == std::string_view("\0", 1));
    CHECK_FALSE(document->root().find("a").has_value());
}

TEST_CASE("A byte order mark in front is skipped, elsewhere it is not", "[json]") {
    CHECK(dumped("\xEF\xBB\xBF{}") == "{}");
    CHECK(refused("{}\xEF\xBB\xBF").code == base::Errc::malformed);
}

TEST_CASE("A body over the size limit is too large before anything is read", "[json]") {
    const std::string text(std::size_t{64} * 1024 + 1, ' ');
    const auto error = refused(text);
    CHECK(error.code == base::Errc::too_large);
    CHECK(error.detail == "65537 bytes of JSON, at most 65536 are taken");
    const std::string full = "\"" + std::string(std::size_t{64} * 1024 - 2, 'a') + "\"";
    CHECK(parse(full).has_value());
}

TEST_CASE("Depth counts brackets and its limit is exact", "[json]") {
    const json::Limits limits{.max_bytes = 1000, .max_depth = 3};
    CHECK(parse("[[[1]]]", limits).has_value());
    CHECK(parse(R"({"a":[{"b":1}]})", limits).has_value());
    const auto error = refused("[[[[1]]]]", limits);
    CHECK(error.code == base::Errc::too_large);
    CHECK_THAT(error.detail, ContainsSubstring("nested deeper than 3 levels"));
    CHECK(parse("1", {.max_bytes = 10, .max_depth = 0}).has_value());
    CHECK(refused("[]", {.max_bytes = 10, .max_depth = 0}).code == base::Errc::too_large);
}

TEST_CASE("200000 open brackets are refused at the depth limit", "[json]") {
    const json::Limits limits{.max_bytes = 10'000'000, .max_depth = 32};
    CHECK(refused(std::string(200'000, '['), limits).code == base::Errc::too_large);
    CHECK(refused(repeated("{\"a\":", 200'000), limits).code == base::Errc::too_large);
}

TEST_CASE("200000 levels are parsed, walked and written when the limit allows them", "[json]") {
    const json::Limits limits{.max_bytes = 10'000'000, .max_depth = 200'000};
    const std::string text = std::string(200'000, '[') + std::string(200'000, ']');
    const auto document = parse(text, limits);
    REQUIRE(document.has_value());
    CHECK(document->root().dump() == text);
    CHECK(refused(std::string(200'000, '['), limits).code == base::Errc::malformed);
    const std::string objects = repeated("{\"a\":", 100'000) + "1" + std::string(100'000, '}');
    const auto deep = parse(objects, limits);
    REQUIRE(deep.has_value());
    CHECK(deep->root().dump() == objects);
}

TEST_CASE("A string of a megabyte comes back whole", "[json]") {
    const std::string content(1'000'000, 'x');
    const auto document = parse("\"" + content + "\"", {.max_bytes = 2'000'000, .max_depth = 1});
    REQUIRE(document.has_value());
    CHECK(document->root().string() == content);
}

TEST_CASE("Of repeated keys the last one counts and the others vanish", "[json]") {
    CHECK(dumped(R"({"a":1,"b":2,"a":3})") == R"({"b":2,"a":3})");
    CHECK(dumped(R"({"a":1,"a":{"a":4,"a":5}})") == R"({"a":{"a":5}})");
    CHECK(dumped(R"({"a":1,"\u0061":2})") == R"({"a":2})");
    CHECK(dumped(R"([{"a":1,"a":2},{"a":3}])") == R"([{"a":2},{"a":3}])");
}

TEST_CASE("A repeated key is found among few and among many", "[json]") {
    for (std::size_t members = 2; members < 60; ++members) {
        std::string text = R"({"k7":"old")";
        for (std::size_t i = 0; i < members; ++i) {
            const auto number = std::to_string(i);
            text += ",\"k";
            text += number;
            text += "\":";
            text += number;
        }
        const auto document = parse(text + R"(,"k0":"new"})");
        REQUIRE(document);
        const bool is_repeated = members > 7;
        CHECK(document->root().size() == members + (is_repeated ? 0 : 1));
        const auto dump = document->root().dump();
        CHECK(dump.ends_with(R"(,"k0":"new"})"));
        CHECK(dump.contains(is_repeated ? R"("k7":7)" : R"("k7":"old")"));
    }
}

TEST_CASE("A hundred thousand repeated keys are one member", "[json]") {
    const std::string text = "{" + repeated("\"k\":1,", 100'000) + "\"k\":2}";
    const auto document = parse(text, {.max_bytes = 1'000'000, .max_depth = 1});
    REQUIRE(document.has_value());
    CHECK(document->root().size() == 1);
    CHECK(document->root().dump() == R"({"k":2})");
}

TEST_CASE("Numbers that a double cannot hold are refused, tiny ones are not", "[json]") {
    const auto* const large =
        GENERATE("1e309", "-1e309", "1e400000", "1e99999999999999999999", "1.8e308", "[2e308]");
    INFO(large);
    const auto error = refused(large);
    CHECK(error.code == base::Errc::malformed);
    CHECK(error.detail.ends_with("the number is too large"));
    CHECK(refused(std::string(400, '9')).detail.ends_with("the number is too large"));
    CHECK(dumped("1.7976931348623157e308") == "1.7976931348623157e308");
    CHECK(dumped("1e-400000") == "1e-400000");
}

TEST_CASE("White space of all four kinds is allowed around everything", "[json]") {
    CHECK(dumped(" \t\r\n{ \"a\" :\t[ 1 ,\n2 ] }\r\n") == R"({"a":[1,2]})");
}
