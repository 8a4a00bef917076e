#include "catch_up.hpp"

#include "testing/catch.hpp"

using namespace trunkline;

TEST_CASE("lines of a catch-up are events in their order", "[ingest]") {
    const auto lines = ingest::catch_up_lines(
        R"({"event":"start","body":{"UniqueId":"1.1","Phone":"1"},"at":"2026-11-21T10:00:00Z","pbx":"a","seq":7})"
        "\r\n\n"
        R"({"event":"hangup","body":{"UniqueId":"1.1"}})"
        "\n",
        "375293332255"
    );
    REQUIRE(lines);
    REQUIRE(lines->size() == 2);
    const auto& first = lines->front();
    CHECK(first.number == 1);
    REQUIRE(first.event);
    CHECK(first.event->type == call::EventType::start);
    CHECK(first.event->body == R"({"UniqueId":"1.1","Phone":"1"})");
    CHECK(first.event->event_time == "2026-11-21T10:00:00Z");
    CHECK(first.event->pbx == "a");
    CHECK(first.event->seq == "7");
    CHECK(first.event->token_header == "375293332255");
    CHECK(lines->back().number == 3);
    REQUIRE(lines->back().event);
    CHECK(lines->back().event->type == call::EventType::hangup);
}

TEST_CASE("a bad line says what is wrong and spoils no other", "[ingest]") {
    const auto lines = ingest::catch_up_lines(
        "{\"event\":\"start\"\n"
        "[1]\n"
        "{\"event\":\"party\",\"body\":{}}\n"
        "{\"event\":\"dial\",\"body\":\"text\"}\n"
        "{\"body\":{}}\n"
        "{\"event\":\"dial\",\"body\":{\"UniqueId\":\"1\"}}",
        ""
    );
    REQUIRE(lines);
    REQUIRE(lines->size() == 6);
    const auto code = [&](std::size_t i) { return (*lines)[i].event.error().code; };
    CHECK(code(0) == base::Errc::malformed);
    CHECK(code(1) == base::Errc::malformed);
    CHECK(code(2) == base::Errc::invalid_input);
    CHECK(base::describe((*lines)[2].event.error()).find("event") != std::string::npos);
    CHECK(code(3) == base::Errc::invalid_input);
    CHECK(base::describe((*lines)[3].event.error()).find("body") != std::string::npos);
    CHECK(code(4) == base::Errc::invalid_input);
    CHECK((*lines)[5].event);
}

TEST_CASE("a line is 64 KiB at the most and a request ten thousand lines", "[ingest]") {
    const std::string padding(ingest::most_line_bytes, 'x');
    const auto long_line =
        ingest::catch_up_lines(R"({"event":"dial","body":{"UniqueId":")" + padding + "\"}}", "");
    REQUIRE(long_line);
    REQUIRE(long_line->size() == 1);
    CHECK(long_line->front().event.error().code == base::Errc::too_large);
    std::string many;
    for (std::size_t i = 0; i < ingest::most_catch_up_lines; ++i) {
        many += "{}\n";
    }
    const auto most = ingest::catch_up_lines(many, "");
    REQUIRE(most);
    CHECK(most->size() == ingest::most_catch_up_lines);
    const auto refused = ingest::catch_up_lines(many + "{}\n", "");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::too_large);
}

TEST_CASE("names in an old encoding cost no line", "[ingest]") {
    const auto lines = ingest::catch_up_lines(
        "{\"event\":\"bridge\",\"body\":{\"UniqueId\":\"1\",\"CallerIDName\":\"\xC8\xE2\xE0\xED\"}"
        "}",
        ""
    );
    REQUIRE(lines);
    CHECK(lines->front().event);
}
