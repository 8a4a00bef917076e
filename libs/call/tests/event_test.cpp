#include "call/event.hpp"

#include "json/document.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::call;

namespace {

base::Result<Event> decoded(
    EventType type, std::string_view text, const Arrival& arrival = Arrival()
) {
    const auto document = json::parse(text);
    REQUIRE(document);
    return decode_event(type, document->root(), arrival);
}

Event good(EventType type, std::string_view text) {
    auto event = decoded(type, text);
    if (!event) {
        FAIL(base::describe(event.error()));
    }
    return *event;
}

std::vector<std::string> wrong_paths(EventType type, std::string_view text) {
    const auto event = decoded(type, text);
    REQUIRE_FALSE(event);
    CHECK(event.error().code == base::Errc::invalid_input);
    std::vector<std::string> paths;
    for (const auto& field : event.error().fields) {
        paths.push_back(field.path);
    }
    return paths;
}

}  // namespace

TEST_CASE("Event types have the names of the webhook paths", "[call]") {
    for (const char* name :
         {"start",
          "dial",
          "bridge_create",
          "bridge",
          "bridge_leave",
          "bridge_destroy",
          "new_callerid",
          "hangup"}) {
        const auto type = parse_event_type(name);
        REQUIRE(type);
        CHECK(to_string(*type) == name);
    }
    CHECK_FALSE(parse_event_type("Start"));
    CHECK_FALSE(parse_event_type(""));
}

TEST_CASE("The seed's hangup is decoded", "[call]") {
    const Event event =
        good(EventType::hangup, R"({"Token": "375293332255", "CallStatus": "2", "Phone": "152",
        "ExternalInitiated": true, "Trunk": "", "Extensions": ["150"], "UniqueId": "1759230684.16", "StartTime": "",
        "DateReceived": "2025-09-30 11:15:02", "EndTime": "2025-09-30 11:15:12", "CallType": 0})");
    CHECK(event.token == "375293332255");
    CHECK(event.unique_id == "1759230684.16");
    CHECK(event.call_status == CallStatus::answered);
    CHECK(event.call_type == CallType::inbound);
    CHECK(event.phone == "152");
    CHECK(event.extensions == std::vector<std::string>{"150"});
    CHECK(event.trunk.empty());
    CHECK(event.start_time.empty());
    CHECK(event.date_received == "2025-09-30 11:15:02");
    CHECK(event.end_time == "2025-09-30 11:15:12");
    CHECK(event.external_initiated);
}

TEST_CASE("Values are taken loosely", "[call]") {
    const Event event = good(EventType::dial, R"({"Token": 375293332255, "UniqueId": 1759230684.16,
        "CallType": "1", "CallStatus": 2, "Phone": 375290000001, "Extensions": 151, "Trunk": null,
        "ExternalInitiated": "true", "Unknown": {"nested": [1]}})");
    CHECK(event.token == "375293332255");
    CHECK(event.unique_id == "1759230684.16");
    CHECK(event.call_type == CallType::outbound);
    CHECK(event.call_status == CallStatus::answered);
    CHECK(event.phone == "375290000001");
    CHECK(event.extensions == std::vector<std::string>{"151"});
    CHECK(event.trunk.empty());
    CHECK(event.external_initiated);
}

TEST_CASE("What stands for no number is empty", "[call]") {
    const Event event = good(
        EventType::bridge, R"({"UniqueId": "1.1", "BridgeUniqueid": "b", "CallerIDNum": "Anonymous",
        "ConnectedLineNum": "<unknown>", "Phone": "  ", "Extensions": [""], "BridgeNumChannels": "1"})"
    );
    CHECK(event.caller_id_num.empty());
    CHECK(event.connected_line_num.empty());
    CHECK(event.phone.empty());
    CHECK(event.extensions.empty());
    CHECK(event.bridge_num_channels == 1);
}

TEST_CASE("Unknown CallType and CallStatus count as missing", "[call]") {
    for (const char* value : {"3", "-1", "\"\"", "\"x\"", "true", "1.5", "99999999999999999999"}) {
        const std::string text = std::string(R"({"UniqueId": "1.1", "CallType": )") + value + "}";
        CHECK_FALSE(good(EventType::hangup, text).call_type);
    }
    CHECK_FALSE(good(EventType::hangup, R"({"UniqueId": "1.1", "CallStatus": "3"})").call_status);
    CHECK(
        good(EventType::hangup, R"({"UniqueId": "1.1", "CallStatus": "5"})").call_status ==
        CallStatus::talk
    );
}

TEST_CASE("A UniqueId is required, but for the bridge itself", "[call]") {
    using Paths = std::vector<std::string>;
    CHECK(wrong_paths(EventType::start, R"({})") == Paths{"/UniqueId"});
    CHECK(wrong_paths(EventType::start, R"({"UniqueId": ""})") == Paths{"/UniqueId"});
    CHECK(wrong_paths(EventType::start, R"({"UniqueId": null})") == Paths{"/UniqueId"});
    CHECK(wrong_paths(EventType::bridge, R"({"BridgeUniqueid": "b"})") == Paths{"/UniqueId"});
    CHECK(wrong_paths(EventType::bridge_create, R"({"UniqueId": ""})") == Paths{"/BridgeUniqueid"});
    CHECK(
        good(EventType::bridge_create, R"({"UniqueId": "", "BridgeUniqueid": "b"})").bridge_id ==
        "b"
    );
    CHECK(good(EventType::bridge_destroy, R"({"BridgeUniqueid": "b"})").unique_id.empty());
}

TEST_CASE("Every object or array in the place of a scalar is named", "[call]") {
    using Paths = std::vector<std::string>;
    CHECK(
        wrong_paths(
            EventType::hangup,
            R"({"UniqueId": "1", "Phone": {}, "CallType": [0], "Extensions": {"a": 1}})"
        ) == Paths{"/Phone", "/CallType", "/Extensions"}
    );
    CHECK(
        wrong_paths(
            EventType::dial, R"({"UniqueId": "1", "Extensions": ["151", ["152"], null, {}]})"
        ) == Paths{"/Extensions/1", "/Extensions/3"}
    );
    CHECK(wrong_paths(EventType::dial, R"([1])") == Paths{""});
}

TEST_CASE("The event's own time counts before the time of arrival", "[call]") {
    Arrival arrival;
    arrival.received = base::WallTime(std::chrono::seconds(100));
    arrival.pbx = "minsk-1";
    arrival.recovered = true;
    auto event = decoded(EventType::start, R"({"UniqueId": "1"})", arrival);
    REQUIRE(event);
    CHECK(event->at == arrival.received);
    CHECK_FALSE(event->has_event_time);
    CHECK(event->pbx == "minsk-1");
    CHECK(event->recovered);
    arrival.event_time = base::WallTime(std::chrono::seconds(93));
    event = decoded(EventType::start, R"({"UniqueId": "1"})", arrival);
    REQUIRE(event);
    CHECK(event->at == *arrival.event_time);
    CHECK(event->received == arrival.received);
    CHECK(event->has_event_time);
}
