#include "base/timezone.hpp"

#include "testing/catch.hpp"

using namespace trunkline;

namespace {

base::WallTime utc(std::string_view text) { return base::parse_iso8601(text).value(); }

}  // namespace

TEST_CASE("names of the IANA database are known, others are not", "[base]") {
    CHECK(base::is_known_timezone("Europe/Minsk"));
    CHECK(base::is_known_timezone("Etc/UTC"));
    CHECK(base::is_known_timezone("US/Eastern"));
    CHECK_FALSE(base::is_known_timezone("Europe/Atlantis"));
    CHECK_FALSE(base::is_known_timezone(""));
    CHECK_FALSE(base::is_known_timezone("../../etc/passwd"));
}

TEST_CASE("local time is read by the zone's rules of that day", "[base]") {
    CHECK(
        base::parse_local_time("2025-10-01 14:23:45", "Europe/Minsk") == utc("2025-10-01T11:23:45Z")
    );
    CHECK(
        base::parse_local_time("2025-07-01T12:00:00", "Europe/Berlin") ==
        utc("2025-07-01T10:00:00Z")
    );
    CHECK(
        base::parse_local_time("2025-12-01 12:00:00", "Europe/Berlin") ==
        utc("2025-12-01T11:00:00Z")
    );
}

TEST_CASE("an hour that comes twice gives the earlier moment", "[base]") {
    CHECK(
        base::parse_local_time("2025-10-26 02:30:00", "Europe/Berlin") ==
        utc("2025-10-26T00:30:00Z")
    );
}

TEST_CASE("an hour that was skipped gives the moment of the change", "[base]") {
    CHECK(
        base::parse_local_time("2025-03-30 02:30:00", "Europe/Berlin") ==
        utc("2025-03-30T01:00:00Z")
    );
}

TEST_CASE("a moment is written as its zone's clocks show it", "[base]") {
    CHECK(
        base::format_local_time(utc("2025-10-01T11:23:45.999Z"), "Europe/Minsk") ==
        "2025-10-01 14:23:45"
    );
    CHECK(
        base::format_local_time(utc("2025-07-01T22:30:00Z"), "Europe/Berlin") ==
        "2025-07-02 00:30:00"
    );
    CHECK(
        base::format_local_time(utc("1969-12-31T23:59:59.5Z"), "Etc/UTC") == "1969-12-31 23:59:59"
    );
}

TEST_CASE("an unknown zone and a malformed time are told apart", "[base]") {
    const auto zone = base::parse_local_time("2025-10-01 14:23:45", "Mars/Base");
    REQUIRE_FALSE(zone.has_value());
    CHECK_THAT(zone.error().detail, ContainsSubstring("Mars/Base"));
    for (const auto* text : {"", "2025-10-01", "2025-10-01 14:23:45Z", "2025-10-32 00:00:00"}) {
        CAPTURE(text);
        const auto time = base::parse_local_time(text, "Europe/Minsk");
        REQUIRE_FALSE(time.has_value());
        CHECK(time.error().code == base::Errc::invalid_input);
    }
    CHECK_FALSE(base::format_local_time({}, "Mars/Base").has_value());
}
