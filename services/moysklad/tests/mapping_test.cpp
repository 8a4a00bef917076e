#include "mapping.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::moysklad;

namespace {

const Context context{.external_id = "375290001122-1759317825.16", .line = "375173330002"};

call::Call call_of(call::Direction direction) {
    call::Call call;
    call.direction = direction;
    call.phone = "375291110011";
    call.rang = {"151", "152"};
    call.started_at = *base::parse_iso8601("2025-10-01T11:23:45.120Z");
    return call;
}

call::Call ended(call::Call call, std::vector<std::string> talkers) {
    call.ended_at = call.started_at + std::chrono::seconds(60);
    call.answered = !talkers.empty();
    call.talkers = std::move(talkers);
    return call;
}

}  // namespace

TEST_CASE("a ringing call is the contract's example to the letter", "[moysklad]") {
    CHECK(
        ringing_call(
            call_of(call::Direction::in), context, {{"SHOW", "151", 1}, {"SHOW", "152", 2}}
        ) ==
        R"({"externalId":"375290001122-1759317825.16","number":"+375291110011","isIncoming":true,)"
        R"("startTime":"2025-10-01 14:23:45.000","comment":"line 375173330002","events":[)"
        R"({"eventType":"SHOW","extension":"151","sequence":1},)"
        R"({"eventType":"SHOW","extension":"152","sequence":2}]})"
    );
}

TEST_CASE("an extension is given at creation only if one phone rings", "[moysklad]") {
    auto call = call_of(call::Direction::out);
    call.rang = {"151"};
    CHECK(
        ringing_call(call, {.external_id = "1-2", .line = ""}, {{"SHOW", "151", 1}}) ==
        R"({"externalId":"1-2","number":"+375291110011","isIncoming":false,)"
        R"("startTime":"2025-10-01 14:23:45.000","extension":"151","events":[)"
        R"({"eventType":"SHOW","extension":"151","sequence":1}]})"
    );
    call.rang = {"151", "375447770001"};
    CHECK(only_extension(call).empty());
    CHECK(extensions_of(call) == std::vector<std::string>{"151"});
}

TEST_CASE("an answered end names who talked and when it was over", "[moysklad]") {
    const auto call = ended(call_of(call::Direction::in), {"152"});
    CHECK(
        end_update(call, context, {}, true).to_json(3) ==
        R"({"extension":"152","endTime":"2025-10-01 14:24:45.000",)"
        R"("events":[{"eventType":"HIDE_ALL","sequence":3}]})"
    );
}

TEST_CASE("a recording that is known goes along with the end", "[moysklad]") {
    auto call = ended(call_of(call::Direction::in), {"152"});
    call.record_url = "https://pbx.example/recordings/1";
    CHECK(
        end_update(call, context, {}, true).to_json(3) ==
        R"({"extension":"152","endTime":"2025-10-01 14:24:45.000",)"
        R"("recordUrl":["https://pbx.example/recordings/1"],)"
        R"("events":[{"eventType":"HIDE_ALL","sequence":3}]})"
    );
    CHECK(end_update(call, context, {}, false).link.empty());
}

TEST_CASE("a missed end has no time and no extension, but says so", "[moysklad]") {
    auto call = ended(call_of(call::Direction::in), {});
    CHECK(
        end_update(call, context, {}, true).to_json(3) ==
        R"({"duration":0,"comment":"missed, line 375173330002",)"
        R"("events":[{"eventType":"HIDE_ALL","sequence":3}]})"
    );
    call.direction = call::Direction::out;
    call.hangup_cause = "17";
    CHECK(end_update(call, context, {}, true).comment == "busy, line 375173330002");
}

TEST_CASE("what has a value is not sent again, a transfer is told in words", "[moysklad]") {
    const auto call = ended(call_of(call::Direction::in), {"151", "152"});
    Stored stored;
    stored.extension = "151";
    const auto update = end_update(call, context, stored, true);
    CHECK(update.extension.empty());
    CHECK(update.comment == "line 375173330002, talked: 151, 152");
    stored.has_end = true;
    stored.has_duration = true;
    CHECK(end_update(call, context, stored, true).is_empty());
}

TEST_CASE(
    "an exchange whose clock is far off still ends its calls behind their beginning", "[moysklad]"
) {
    // By the exchange from 14:23:45 to 14:24:45.
    const auto call = ended(call_of(call::Direction::in), {"151"});
    const auto end_of = [&](std::string_view started) {
        Stored stored;
        stored.started = time_of_moment(started);
        REQUIRE(stored.started.has_value() != started.empty());
        return end_update(call, context, stored, true).end_time;
    };
    CHECK(end_of("") == "2025-10-01 14:24:45.000");
    CHECK(end_of("2025-10-01 14:23:46.000") == "2025-10-01 14:24:45.000");
    // We heard of it late.
    CHECK(end_of("2025-10-01 14:24:10.000") == "2025-10-01 14:24:45.000");
    CHECK(end_of("2025-10-01 14:30:00.000") == "2025-10-01 14:31:00.000");
    CHECK(end_of("2025-10-01 11:23:45.000") == "2025-10-01 11:24:45.000");
}

TEST_CASE("a moment that is none has no time", "[moysklad]") {
    const auto call = call_of(call::Direction::in);
    const auto text = moment(call.started_at);
    const auto time = time_of_moment(text);
    REQUIRE(time);
    CHECK(moment(*time) == text);
    CHECK(*time <= call.started_at);
    CHECK(*time > call.started_at - std::chrono::seconds(1));
    CHECK_FALSE(time_of_moment(""));
    CHECK_FALSE(time_of_moment("yesterday at five o'clock"));
    CHECK_FALSE(time_of_moment("2025-13-01 14:23:45"));
}

TEST_CASE("a late recording is an update of its own, once", "[moysklad]") {
    auto call = ended(call_of(call::Direction::in), {"151"});
    call.record_url = "https://pbx.example/recordings/1";
    Stored stored{
        .extension = "151", .has_end = true, .has_duration = true, .links = {}, .started = {}
    };
    CHECK(
        end_update(call, context, stored, true).to_json(9) ==
        R"({"recordUrl":["https://pbx.example/recordings/1"]})"
    );
    stored.links = {"https://pbx.example/recordings/1"};
    CHECK(end_update(call, context, stored, true).is_empty());
}

TEST_CASE("a call told as missed that was answered gets its end", "[moysklad]") {
    const auto call = ended(call_of(call::Direction::in), {"151"});
    const Stored stored{
        .extension = "", .has_end = false, .has_duration = true, .links = {}, .started = {}
    };
    CHECK(
        end_update(call, context, stored, true).to_json(4) ==
        R"({"extension":"151","endTime":"2025-10-01 14:24:45.000","comment":"line 375173330002",)"
        R"("events":[{"eventType":"HIDE_ALL","sequence":4}]})"
    );
}

TEST_CASE("a hangup without a dial is one request with all of it and no card", "[moysklad]") {
    auto call = ended(call_of(call::Direction::in), {"152"});
    call.record_url = "https://pbx.example/recordings/1";
    CHECK(
        ended_call(call, context) ==
        R"({"externalId":"375290001122-1759317825.16","number":"+375291110011","isIncoming":true,)"
        R"("startTime":"2025-10-01 14:23:45.000","extension":"152",)"
        R"("endTime":"2025-10-01 14:24:45.000","comment":"line 375173330002",)"
        R"("recordUrl":["https://pbx.example/recordings/1"]})"
    );
    CHECK(
        ended_call(ended(call_of(call::Direction::in), {}), {.external_id = "1-2", .line = ""}) ==
        R"({"externalId":"1-2","number":"+375291110011","isIncoming":true,)"
        R"("startTime":"2025-10-01 14:23:45.000","duration":0,"comment":"missed"})"
    );
}

TEST_CASE("an end before the start is moved to it", "[moysklad]") {
    auto call = ended(call_of(call::Direction::in), {"152"});
    call.ended_at = call.started_at - std::chrono::seconds(5);
    CHECK(end_update(call, context, {}, true).end_time == "2025-10-01 14:23:45.000");
}

TEST_CASE("the question changes nothing", "[moysklad]") {
    CHECK(question(call_of(call::Direction::in)) == R"({"isIncoming":true})");
    CHECK(question(call_of(call::Direction::out)) == R"({"isIncoming":false})");
}

TEST_CASE("a pick-up elsewhere is told in words where the extension is taken", "[moysklad]") {
    const auto call = ended(call_of(call::Direction::in), {"152"});
    const Stored stored{
        .extension = "151", .has_end = false, .has_duration = false, .links = {}, .started = {}
    };
    const auto update = end_update(call, context, stored, true);
    CHECK(update.extension.empty());
    CHECK(update.comment == "line 375173330002, talked: 152");
}
