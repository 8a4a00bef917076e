#include "playback/recording.hpp"

#include <array>

#include "base/timezone.hpp"
#include "json/writer.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::playback;

namespace {

base::WallTime at(double seconds) {
    return base::parse_iso8601("2025-10-01T12:00:00.730Z").value() +
           std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

RecordedEvent event(double seconds, call::EventType type, std::string raw) {
    return {.type = type, .raw = std::move(raw), .received = at(seconds), .event_time = {}};
}

/// A call as it really comes: names, a secret, a national writing, a mobile, a Local channel.
RecordedCall real_call() {
    const std::string head = R"({"Token":"375293332255","UniqueId":"1759320000.77",)";
    const std::string bridge = R"("BridgeUniqueid":"a7f1c3de-0000-4000-8000-5be5c0ffee00",)";
    RecordedCall recorded;
    recorded.uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    recorded.unique_id = "1759320000.77";
    recorded.timezone = "Europe/Minsk";
    recorded.events = {
        event(
            0,
            call::EventType::start,
            head + R"("Phone":"80296254070","CallType":0,"Trunk":"0001363"})"
        ),
        event(
            0.4,
            call::EventType::new_callerid,
            head +
                R"("Channel":"SIP/0001363-0000beef","CallerIDNum":"375296254070","CallerIDName":"Ковалёва Анна","ConnectedLineNum":"<unknown>","Context":"june-secret-context","Exten":"0001363"})"
        ),
        event(
            3,
            call::EventType::dial,
            head +
                R"("Phone":"+375296254070","Extensions":["151","+375447654321"],"CallType":0,"Trunk":"0001363","Password":"hunter2secret","Extra":{"api_key":"k-99887766"}})"
        ),
        event(
            8,
            call::EventType::bridge,
            R"({"Token":"375293332255","UniqueId":"1759320000.78",)" + bridge +
                R"("Channel":"SIP/151-0000bef0","Exten":"","CallerIDNum":"151","CallerIDName":"Сидоров","ConnectedLineNum":"375296254070"})"
        ),
        event(
            8.1,
            call::EventType::bridge,
            head + bridge +
                R"("Channel":"SIP/0001363-0000beef","Exten":"0001363","CallerIDNum":"375296254070","CallerIDName":"-375296254070","ConnectedLineNum":"151"})"
        ),
        event(
            20,
            call::EventType::bridge_leave,
            R"({"Token":"375293332255","UniqueId":"1759320000.78",)" + bridge +
                R"("Channel":"SIP/151-0000bef0","CallerIDNum":"151","ConnectedLineNum":"375296254070","BridgeNumChannels":"1"})"
        ),
        event(
            20.1,
            call::EventType::bridge_leave,
            head + bridge +
                R"("Channel":"SIP/0001363-0000beef","CallerIDNum":"375296254070","ConnectedLineNum":"151","BridgeNumChannels":"0"})"
        ),
        event(
            20.5,
            call::EventType::hangup,
            head +
                R"("CallStatus":"2","Phone":"375296254070","Trunk":"0001363","Extensions":["151"],"StartTime":"2025-10-01 15:00:00","DateReceived":"2025-10-01 15:00:00","EndTime":"2025-10-01 15:00:20","CallType":0})"
        ),
    };
    call::Call outcome;
    outcome.direction = call::Direction::in;
    outcome.phone = "+375296254070";
    outcome.line = "0001363";
    outcome.rang = {"151", "+375447654321"};
    outcome.talkers = {"151"};
    outcome.answered = true;
    outcome.talk_s = 12;
    outcome.wait_s = 8;
    recorded.outcome = outcome;
    return recorded;
}

std::string trace_of(const RecordedCall& call) {
    auto trace = export_trace(call);
    if (!trace) {
        FAIL(base::describe(trace.error()));
    }
    return *trace;
}

Replay replayed(const std::string& trace) {
    const auto pattern = pattern_from_json(trace);
    if (!pattern) {
        FAIL(base::describe(pattern.error()) << trace);
    }
    auto result = replay(*pattern);
    REQUIRE(result);
    return *result;
}

}  // namespace

TEST_CASE("a trace names nobody", "[playback]") {
    const auto trace = trace_of(real_call());
    INFO(trace);
    for (const auto* real : std::to_array<const char*>(
             {"6254070",
              "7654321",
              "375293332255",
              "1759320000",
              ".77",
              "c0ffee",
              "1363",
              "Ковал",
              "Анна",
              "Сидоров",
              "june",
              "secret",
              "hunter2",
              "api_key",
              "99887766",
              "beef",
              "2025-10",
              "\"151\"",
              "ac96-774b"}
         )) {
        INFO(real);
        CHECK(trace.find(real) == std::string::npos);
    }
}

TEST_CASE("a trace keeps forms, so that a number stays the same number", "[playback]") {
    const auto pattern = pattern_from_json(trace_of(real_call()));
    REQUIRE(pattern);
    REQUIRE(pattern->steps.size() == 8);
    CHECK(pattern->find_field("phone")->defaults.front() == "+375290000001");
    CHECK(pattern->steps[0].body.find("Phone")->string() == "80290000001");
    CHECK(pattern->steps[1].body.find("CallerIDNum")->string() == "{phone.bare}");
    CHECK(pattern->steps[1].body.find("CallerIDName")->string() == "name 1");
    CHECK(pattern->steps[1].body.find("ConnectedLineNum")->string() == "<unknown>");
    CHECK(pattern->steps[4].body.find("CallerIDName")->string() == "-{phone.bare}");
    CHECK(pattern->steps[1].body.find("Channel")->string() == "SIP/{line}-00000001");
    CHECK(pattern->steps[3].body.find("UniqueId")->string() == "{unique_id.2}");
    CHECK(pattern->steps[7].body.find("StartTime")->string() == "{local_time.begin}");
    CHECK(pattern->steps[7].body.find("EndTime")->string() == "{local_time.+20}");
    CHECK(pattern->steps[3].after == std::chrono::milliseconds(5000));
    CHECK_FALSE(pattern->steps[2].body.find("Password"));
}

TEST_CASE("a trace replayed comes to the same outcome", "[playback]") {
    const auto trace = trace_of(real_call());
    INFO(trace);
    const auto result = replayed(trace);
    for (const auto& difference : result.differences) {
        UNSCOPED_INFO(difference.path << " " << difference.expected << " " << difference.received);
    }
    CHECK(result.differences.empty());
    REQUIRE(result.calls.size() == 1);
    CHECK(result.calls.front().call.talk_s == 12);
    CHECK(result.calls.front().texts.back() == "✅ Завершен: +375 (29) 000-00-01 ↔ 101, 00:12");
    CHECK(trace_of(real_call()) == trace);
}

TEST_CASE("events that were told late keep both times", "[playback]") {
    auto call = real_call();
    for (auto& event : call.events) {
        event.event_time = event.received;
        event.received = at(21);
    }
    const auto pattern = pattern_from_json(trace_of(call));
    REQUIRE(pattern);
    CHECK(pattern->steps[3].happened == std::chrono::milliseconds(8730));
    CHECK(replay(*pattern)->differences.empty());
}

TEST_CASE("an outcome of then that the rules of today do not give is a difference", "[playback]") {
    auto call = real_call();
    call.outcome->talk_s = 14;
    const auto result = replayed(trace_of(call));
    REQUIRE(result.differences.size() == 2);
    CHECK(result.differences[0].what == "chat");
    CHECK(result.differences[0].expected == R"("✅ Завершен: +375 (29) 000-00-01 ↔ 101, 00:14")");
    CHECK(result.differences[1].path == "/call/talk_s");
    CHECK(result.differences[1].expected == "14");
    CHECK(result.differences[1].received == "12");
}

TEST_CASE("a hidden number stays hidden, and an internal call internal", "[playback]") {
    auto hidden = real_call();
    hidden.events = {event(
        0,
        call::EventType::hangup,
        R"({"Token":"1","UniqueId":"1759320000.77","CallStatus":"0","Phone":"Anonymous","Trunk":"0001363","Extensions":[""],"CallType":0})"
    )};
    hidden.outcome->phone = "";
    hidden.outcome->rang = hidden.outcome->talkers = {};
    hidden.outcome->answered = false;
    hidden.outcome->talk_s = hidden.outcome->wait_s = 0;
    CHECK(replayed(trace_of(hidden)).differences.empty());

    auto internal = real_call();
    internal.events = {event(
        25,
        call::EventType::hangup,
        R"({"Token":"1","UniqueId":"1759320000.77","CallStatus":"0","Phone":"151","Extensions":["152"],"StartTime":"","DateReceived":"2025-10-01 15:00:05","EndTime":"2025-10-01 15:00:25","CallType":2})"
    )};
    internal.outcome->direction = call::Direction::internal;
    internal.outcome->phone = "151";
    internal.outcome->line = "";
    internal.outcome->rang = {"152"};
    internal.outcome->talkers = {};
    internal.outcome->answered = false;
    internal.outcome->talk_s = 0;
    internal.outcome->wait_s = 20;
    const auto result = replayed(trace_of(internal));
    CHECK(result.differences.empty());
    CHECK(result.calls.front().texts.back() == "❌ Не отвечен (внутр.): 101 → 102");
}

TEST_CASE("a recording without events is no trace", "[playback]") {
    auto call = real_call();
    call.events.clear();
    CHECK(export_trace(call).error().code == base::Errc::invalid_input);
}
