#include "text_format.hpp"

#include <cmath>
#include <limits>

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::pg;

TEST_CASE("Integers are exact to their limits", "[pg]") {
    CHECK(parse_integer("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
    CHECK(parse_integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
    for (const auto* wrong : {"", "9223372036854775808", "1.0", "12x", " 1", "t"}) {
        CHECK_FALSE(parse_integer(wrong).has_value());
    }
}

TEST_CASE("Numbers read as PostgreSQL writes them", "[pg]") {
    CHECK(parse_number("0.1") == 0.1);
    CHECK(parse_number("-1e+300") == -1e300);
    CHECK(parse_number("-Infinity") == -std::numeric_limits<double>::infinity());
    CHECK(std::isnan(parse_number("NaN").value()));
    CHECK_FALSE(parse_number("one").has_value());
    for (const double value : {0.1, -1.0 / 3.0, 5e-324, 1.7976931348623157e308}) {
        CHECK(parse_number(format_number(value)) == value);
    }
    CHECK(format_number(-std::numeric_limits<double>::infinity()) == "-Infinity");
}

TEST_CASE("Truth values are one letter", "[pg]") {
    CHECK(parse_boolean("t") == true);
    CHECK(parse_boolean("f") == false);
    CHECK_FALSE(parse_boolean("true").has_value());
}

TEST_CASE("Times are exact to the microsecond in any zone", "[pg]") {
    using std::chrono::microseconds;
    const base::WallTime expected{microseconds(1759328625123456)};
    CHECK(parse_time("2025-10-01 14:23:45.123456+00") == expected);
    CHECK(parse_time("2025-10-01 17:23:45.123456+03") == expected);
    CHECK(parse_time("2025-10-01 19:53:45.123456+05:30") == expected);
    CHECK(parse_time("2025-10-01 04:23:45.123456-10") == expected);
    CHECK(parse_time("2025-10-01 14:23:45.1+00") == base::WallTime{microseconds(1759328625100000)});
    CHECK(parse_time("2025-10-01 14:23:45+00") == base::WallTime{microseconds(1759328625000000)});
    CHECK(parse_time("1970-01-01 00:00:00+00") == base::WallTime{});
    CHECK(parse_time("1969-12-31 23:59:59.999999+00") == base::WallTime{microseconds(-1)});
}

TEST_CASE("What is no moment is refused", "[pg]") {
    for (const auto* wrong :
         {"",
          "infinity",
          "-infinity",
          "2025-10-01 14:23:45",
          "2025-10-01",
          "2025-02-30 00:00:00+00",
          "0044-03-15 12:00:00+00 BC",
          "2025-10-01T14:23:45+00",
          "2025-10-01 14:23:45.+00"}) {
        INFO(wrong);
        CHECK_FALSE(parse_time(wrong).has_value());
    }
}

TEST_CASE("Octets survive", "[pg]") {
    std::string all;
    for (int octet = 0; octet < 256; ++octet) {
        all += static_cast<char>(octet);
    }
    CHECK(parse_bytes(format_bytes(all)) == all);
    CHECK(parse_bytes("\\x") == "");
    CHECK_FALSE(parse_bytes("\\x0").has_value());
    CHECK_FALSE(parse_bytes("\\x0g").has_value());
    CHECK_FALSE(parse_bytes("text").has_value());
}

TEST_CASE("Arrays survive with every awkward element", "[pg]") {
    const ArrayElements awkward = {
        "", "NULL", "a,b", "{}", "q\"q", "b\\b", " blank ", "\n", std::nullopt, "Ж"
    };
    CHECK(parse_array(format_array(awkward)) == awkward);
    const std::vector<std::string> texts = {
        R"({"a":"b\\c"})", "", "\"", "\\", "long and plain", "\t"
    };
    CHECK(parse_array(format_array(texts)) == ArrayElements(texts.begin(), texts.end()));
    CHECK(format_array(std::vector<std::string>{"a", R"(q"\)"}) == R"({"a","q\"\\"})");
    CHECK(parse_array("{}") == ArrayElements{});
    CHECK(parse_array("{plain,NULL,\"NULL\"}") == ArrayElements{"plain", std::nullopt, "NULL"});
}

TEST_CASE("Broken arrays and nested ones are refused", "[pg]") {
    for (const auto* wrong :
         {"",
          "{",
          "{a",
          "{a,}",
          "{,a}",
          "{\"a}",
          "{{a}}",
          "{a}b",
          "a",
          "{\"a\\",
          "{a b\"}",
          "{\"a\"b}"}) {
        INFO(wrong);
        CHECK_FALSE(parse_array(wrong).has_value());
    }
}

TEST_CASE("Identifiers are quoted", "[pg]") { CHECK(quote_identifier("a\"b c") == "\"a\"\"b c\""); }
