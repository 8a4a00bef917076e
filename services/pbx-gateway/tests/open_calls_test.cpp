#include "open_calls.hpp"

#include "testing/catch.hpp"
#include "testing/present.hpp"

using namespace trunkline;
using namespace trunkline::pbx_gateway;
using namespace std::chrono_literals;
using call::EventType;

namespace {

const OpenCalls::Settings as{.token = "375293332255", .timezone = "Europe/Minsk"};
const base::WallTime noon = *base::parse_iso8601("2025-10-01T09:00:00Z");

pbx::WebhookEvent event(EventType type, std::string body, base::WallTime at = noon) {
    pbx::WebhookEvent out;
    out.type = type;
    out.body = std::move(body);
    out.at = at;
    return out;
}

pbx::WebhookEvent start(const std::string& id) {
    return event(
        EventType::start,
        R"({"UniqueId":")" + id + R"(","Phone":"375296254070","CallType":0,"Trunk":"0001363"})"
    );
}

pbx::WebhookEvent dial(const std::string& id, const std::string& extensions) {
    return event(
        EventType::dial,
        R"({"UniqueId":")" + id + R"(","Phone":"375296254070","CallType":0,"Trunk":"0001363",)" +
            R"("Extensions":[)" + extensions + "]}"
    );
}

pbx::WebhookEvent bridge(
    const std::string& id, const std::string& number, const std::string& partner
) {
    return event(
        EventType::bridge,
        R"({"UniqueId":")" + id + R"(","BridgeUniqueid":"v-1","Channel":"PJSIP/x",)" +
            R"("CallerIDNum":")" + number + R"(","ConnectedLineNum":")" + partner + "\"}"
    );
}

OpenCalls talking() {
    OpenCalls calls;
    calls.note(start("1.1"));
    calls.note(dial("1.1", R"("151","152")"));
    calls.note(event(EventType::bridge_create, R"({"UniqueId":"","BridgeUniqueid":"v-1"})"));
    calls.note(bridge("1.2", "151", "375296254070"));
    calls.note(bridge("1.1", "375296254070", "151"));
    return calls;
}

std::string told(const std::vector<pbx::WebhookEvent>& events) {
    std::string out;
    for (const auto& each : events) {
        out += std::string(out.empty() ? "" : " ") + std::string(call::to_string(each.type));
    }
    return out;
}

}  // namespace

TEST_CASE("a call is open from its start to its hangup", "[pbx-gateway]") {
    auto calls = talking();
    CHECK(calls.size() == 1);
    CHECK(calls.contains("1.1"));
    calls.note(event(EventType::hangup, R"({"UniqueId":"1.1"})"));
    CHECK(calls.size() == 0);
}

TEST_CASE("what ended unseen is ended as recovered, with what is known of it", "[pbx-gateway]") {
    auto calls = talking();
    const auto events = calls.take_over({}, {}, noon + 90s, as);
    REQUIRE(told(events) == "bridge_leave bridge_leave bridge_destroy hangup");
    const auto hangup = *json::parse(events.back().body);
    CHECK(events.back().recovered);
    CHECK(events.back().at == noon + 90s);
    CHECK(
        hangup.root().dump() ==
        R"({"Token":"375293332255","UniqueId":"1.1","CallStatus":"2","Phone":"375296254070",)"
        R"("Trunk":"0001363","Extensions":["151"],"StartTime":"2025-10-01 12:00:00",)"
        R"("DateReceived":"2025-10-01 12:00:00","EndTime":"2025-10-01 12:01:30","CallType":0,)"
        R"("Cause":""})"
    );
    for (const auto& each : events) {
        calls.note(each);
    }
    CHECK(calls.size() == 0);
}

TEST_CASE("what goes on is not told again, but what is new of it is", "[pbx-gateway]") {
    auto calls = talking();
    const auto events = calls.take_over(
        {start("1.1"),
         dial("1.1", R"("151")"),
         event(EventType::bridge_create, R"({"BridgeUniqueid":"v-1"})"),
         bridge("1.1", "375296254070", "151"),
         bridge("1.7", "153", "375296254070"),
         start("9.9")},
        {.channels = {"1.1", "1.2", "1.7", "9.9"}, .calls = {"1.1", "9.9"}},
        noon + 5s,
        as
    );
    REQUIRE(told(events) == "bridge start");
    CHECK(events[0].body.find("1.7") != std::string::npos);
    CHECK(calls.contains("1.1"));
}

TEST_CASE("a call that was taken over ends with its own beginning", "[pbx-gateway]") {
    auto calls = talking();
    calls.take_over({}, {.channels = {"1.1"}, .calls = {}}, noon + 5s, as);
    auto end = event(
        EventType::hangup,
        R"({"UniqueId":"1.1","CallStatus":"0","Phone":"375296254070","Trunk":"s",)"
        R"("Extensions":[""],"StartTime":"2025-10-01 12:00:05","CallType":0,"Cause":"16"})",
        noon + 60s
    );
    calls.mend(end, as);
    const auto body = *json::parse(end.body);
    CHECK(testing::present(body.root().find("Trunk")).string() == "0001363");
    CHECK(testing::present(body.root().find("StartTime")).string() == "2025-10-01 12:00:00");
    CHECK(testing::present(body.root().find("CallStatus")).string() == "2");
    CHECK(testing::present(body.root().find("Cause")).string() == "16");
}

TEST_CASE(
    "who called from outside ends the call by leaving, whoever is still there", "[pbx-gateway]"
) {
    auto calls = talking();
    const OpenCalls::Alive phone_is_left{.channels = {"1.2"}, .calls = {"1.1"}};
    CHECK(told(calls.take_over({}, phone_is_left, noon + 5s, as)) == "bridge_leave hangup");
}

TEST_CASE("what we began goes on while others talk", "[pbx-gateway]") {
    OpenCalls calls;
    calls.note(event(
        EventType::dial,
        R"({"UniqueId":"2.1","Phone":"375296254070","CallType":1,"Extensions":["151"]})"
    ));
    calls.note(bridge("2.1", "151", "375296254070"));
    calls.note(bridge("2.2", "375296254070", "151"));
    const OpenCalls::Alive handed_on{.channels = {"2.2", "2.3"}, .calls = {"2.1"}};
    const auto left = calls.take_over({}, handed_on, noon + 5s, as);
    REQUIRE(told(left) == "bridge_leave");
    calls.note(left.front());
    // The tracker knows those who are left by nothing but their talk.
    CHECK(calls.sweep({}, noon + 10s, as).empty());
    CHECK(told(calls.sweep({}, noon + 30s, as)) == "bridge_leave bridge_destroy hangup");
}

TEST_CASE("a call is swept only when it was missing twice and is no newcomer", "[pbx-gateway]") {
    auto calls = talking();
    CHECK(calls.sweep({}, noon + 10s, as).empty());
    CHECK(calls.sweep({}, noon + 70s, as).empty());
    CHECK(calls.sweep({.channels = {"1.1"}, .calls = {}}, noon + 80s, as).empty());
    CHECK(calls.sweep({}, noon + 90s, as).empty());
    CHECK(
        told(calls.sweep({}, noon + 100s, as)) == "bridge_leave bridge_leave bridge_destroy hangup"
    );
}

TEST_CASE("open calls are read back as they were written", "[pbx-gateway]") {
    auto calls = talking();
    json::Writer writer;
    calls.write(writer);
    const auto text = writer.take();
    auto read = OpenCalls::read(json::parse(text)->root());
    REQUIRE(read);
    json::Writer again;
    read->write(again);
    CHECK(again.take() == text);
    CHECK(read->contains("1.1"));
    CHECK_FALSE(OpenCalls::read(json::parse("{}")->root()));
}
