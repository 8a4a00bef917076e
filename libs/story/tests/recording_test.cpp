#include "story/recording.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

const auto noon = *base::parse_iso8601("2026-01-15T12:00:00Z");

story::EventRecord event_of(const std::string& type, std::chrono::seconds after) {
    story::EventRecord event;
    event.type = type;
    event.received = noon + after;
    event.raw = R"({"UniqueId":"1.1"})";
    event.has_call = true;
    return event;
}

}  // namespace

TEST_CASE("a recording has the call's own events and the outcome of then", "[story]") {
    story::Records records;
    records.uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    records.unique_id = "1.1";
    records.enterprise.timezone = "Europe/Nowhere";
    records.enterprise.lines.emplace("minsk-1", tenants::Line{});
    records.call_json =
        R"({"call_type":1,"call_status":2,"phone":"+375290000001","line":"minsk-1","extensions":["151"],"talkers":["151","152"],"duration":30,"wait":9})";
    records.events = {event_of("dial", 0s), event_of("hangup", 39s), event_of("start", 40s)};
    records.events[1].event_time = noon;
    records.events[2].has_call = false;

    const auto recorded = story::recording_of(records, "Europe/Minsk");
    CHECK(recorded.timezone == "Europe/Minsk");
    CHECK(recorded.lines == std::set<std::string>{"minsk-1"});
    REQUIRE(recorded.events.size() == 2);
    CHECK(recorded.events[1].type == call::EventType::hangup);
    CHECK(recorded.events[1].event_time == noon);
    REQUIRE(recorded.outcome);
    CHECK(recorded.outcome->direction == call::Direction::out);
    CHECK(recorded.outcome->talkers == std::vector<std::string>{"151", "152"});
    CHECK(recorded.outcome->talk_s == 30);
    CHECK(recorded.outcome->wait_s == 9);

    records.call_json.clear();
    CHECK_FALSE(story::recording_of(records, "Europe/Minsk").outcome);
}
