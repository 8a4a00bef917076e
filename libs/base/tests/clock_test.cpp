#include "base/clock.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

base::WallTime moment(int year, unsigned month, unsigned day) {
    return std::chrono::sys_days(
        std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)
    );
}

}  // namespace

TEST_CASE("a moment is written in UTC with six decimals", "[base]") {
    CHECK(
        base::format_iso8601(moment(2025, 10, 1) + 14h + 23min + 45s + 123us) ==
        "2025-10-01T14:23:45.000123Z"
    );
    CHECK(base::format_iso8601(moment(1969, 12, 31) + 24h - 1us) == "1969-12-31T23:59:59.999999Z");
    CHECK(base::format_iso8601(moment(7, 1, 2)) == "0007-01-02T00:00:00.000000Z");
    CHECK(base::format_iso8601(moment(9999, 12, 31) + 24h - 1us) == "9999-12-31T23:59:59.999999Z");
    CHECK(base::format_iso8601(moment(12025, 3, 4)) == "12025-03-04T00:00:00.000000Z");
}

TEST_CASE("a time with a zone is read in all its spellings", "[base]") {
    const auto expected = moment(2025, 10, 1) + 11h + 23min + 45s;
    CHECK(base::parse_iso8601("2025-10-01T14:23:45+03:00") == expected);
    CHECK(base::parse_iso8601("2025-10-01 14:23:45+0300") == expected);
    CHECK(base::parse_iso8601("2025-10-01t11:23:45z") == expected);
    CHECK(base::parse_iso8601("2025-10-01T04:53:45-06:30") == expected);
    CHECK(base::parse_iso8601("2025-10-01T11:23:45.5Z") == expected + 500ms);
    CHECK(base::parse_iso8601("2025-10-01T11:23:45.123456789Z") == expected + 123456us);
    CHECK(base::parse_iso8601("2024-02-29T00:00:00Z") == moment(2024, 2, 29));
}

TEST_CASE("a leap second is the first moment of the next minute", "[base]") {
    CHECK(base::parse_iso8601("2016-12-31T23:59:60Z") == moment(2017, 1, 1));
}

TEST_CASE("a time without a zone is refused and the reason says so", "[base]") {
    const auto time = base::parse_iso8601("2025-10-01T14:23:45");
    REQUIRE_FALSE(time.has_value());
    CHECK(time.error().code == base::Errc::invalid_input);
    CHECK_THAT(time.error().detail, ContainsSubstring("no time zone"));
}

TEST_CASE("what is not a time is refused", "[base]") {
    for (const auto* text :
         {"",
          "now",
          "2025-10-01",
          "2025-13-01T00:00:00Z",
          "2025-02-29T00:00:00Z",
          "2025-00-01T00:00:00Z",
          "2025-10-01T24:00:00Z",
          "2025-10-01T14:60:00Z",
          "2025-10-01T14:23:61Z",
          "2025-10-01T14:23:45.Z",
          "2025-10-01T14:23:45.1234567890Z",
          "2025-10-01T14:23:45+3:00",
          "2025-10-01T14:23:45+03:00 ",
          "2025-10-01T14:23:45+24:00",
          "2025-10-01X14:23:45Z",
          "-025-10-01T14:23:45Z",
          "0000-06-01T00:00:00Z",
          "0001-01-01T00:00:00+14:00",
          "9999-12-31T23:59:59-00:01",
          "2025-10-01T14:23:45Zjunk"}) {
        CAPTURE(text);
        CHECK_FALSE(base::parse_iso8601(text).has_value());
    }
}

TEST_CASE("a written moment reads back as itself", "[base]") {
    const auto now = base::system_clock().now();
    CHECK(base::parse_iso8601(base::format_iso8601(now)) == now);
}

TEST_CASE("the first and the last moment are read and written", "[base]") {
    for (const auto* text : {"0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"}) {
        const auto time = base::parse_iso8601(text);
        REQUIRE(time);
        CHECK(base::format_iso8601(*time) == text);
    }
}

TEST_CASE("the steady face of the system clock never goes back", "[base]") {
    const auto before = base::system_clock().steady();
    CHECK(base::system_clock().steady() >= before);
}
