#include "playback/plan.hpp"

#include "order.hpp"
#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace trunkline::call_emulator;
using playback::Exchange;
using playback::Plan;
using playback::PlannedEvent;
using std::chrono::milliseconds;

namespace {

Exchange exchange() {
    static int made = 0;
    return {
        .now = testing::FakeClock().now(),
        .timezone = "Europe/Minsk",
        .first_channel = 7,
        .make_uuid = [] { return "bridge-" + std::to_string(++made); },
    };
}

Plan plan_of(std::string_view request, const Exchange& with = exchange()) {
    const auto document = json::parse(request);
    REQUIRE(document);
    const PatternBook book;
    const auto order = order_from_json(document->root(), book);
    REQUIRE(order);
    auto plan = make_plan(*order->pattern, order->values, order->pace, with);
    REQUIRE(plan);
    return std::move(*plan);
}

std::string member(const PlannedEvent& event, std::string_view key) {
    const auto document = json::parse(event.body);
    REQUIRE(document);
    const auto value = document->root().find(key);
    REQUIRE(value);
    return value->is_string() ? std::string(*value->string()) : value->dump();
}

}  // namespace

TEST_CASE("at real pace the call begins now and takes its time", "[call_emulator]") {
    const auto plan = plan_of(R"({"pattern":"inbound-answered","pace":"real"})");
    REQUIRE(plan.events.size() == 10);
    CHECK_FALSE(plan.tells_time);
    CHECK(plan.events.front().due == milliseconds(0));
    CHECK(plan.events.back().due == milliseconds(20'500));
    CHECK(plan.events.front().moment == exchange().now);
    // The test clock stands at 12:00:00 UTC, which is 15:00:00 in Minsk.
    CHECK(member(plan.events.back(), "StartTime") == "2025-10-01 15:00:00");
    CHECK(member(plan.events.back(), "DateReceived") == "2025-10-01 15:00:00");
    CHECK(member(plan.events.back(), "EndTime") == "2025-10-01 15:00:20");
}

TEST_CASE("faster than real the call has just ended and tells its times", "[call_emulator]") {
    const auto fast = plan_of(R"({"pattern":"inbound-answered"})");
    CHECK(fast.tells_time);
    CHECK(fast.events.back().due == milliseconds(0));
    // 20.5 s, begun on a whole second.
    CHECK(fast.events.back().moment == exchange().now - milliseconds(500));
    CHECK(member(fast.events.back(), "StartTime") == "2025-10-01 14:59:39");
    CHECK(member(fast.events.back(), "EndTime") == "2025-10-01 14:59:59");
    const auto fixed = plan_of(R"({"pattern":"inbound-answered","pace":250})");
    CHECK(fixed.tells_time);
    CHECK(fixed.events.front().due == milliseconds(0));
    CHECK(fixed.events.back().due == milliseconds(9 * 250));
}

TEST_CASE("a call waits on its clock until the exchange is free", "[call_emulator]") {
    auto busy = exchange();
    busy.free_from = busy.now + milliseconds(2'300);
    const auto plan = plan_of(R"({"pattern":"inbound-answered"})", busy);
    CHECK(plan.events.front().moment == busy.now + milliseconds(3'000));
    CHECK(plan.events.front().due == milliseconds(0));
    CHECK(plan.end == busy.now + milliseconds(23'500));
    const auto real = plan_of(R"({"pattern":"inbound-answered","pace":"real"})", busy);
    CHECK(real.events.front().moment == busy.now);
}

TEST_CASE("channels and bridges have ids of the run's own", "[call_emulator]") {
    const auto plan = plan_of(R"({"pattern":"inbound-answered","pace":"real"})");
    CHECK(plan.unique_id == "1759320000.7");
    CHECK(member(plan.events[0], "UniqueId") == "1759320000.7");
    CHECK(member(plan.events[4], "UniqueId") == "1759320000.8");
    const auto bridge = member(plan.events[3], "BridgeUniqueid");
    CHECK(bridge.starts_with("bridge-"));
    CHECK(member(plan.events[8], "BridgeUniqueid") == bridge);
    const auto again = plan_of(R"({"pattern":"inbound-answered","pace":"real"})");
    CHECK(member(again.events[3], "BridgeUniqueid") != bridge);
}

TEST_CASE("fields fill bodies and expectations", "[call_emulator]") {
    const auto plan = plan_of(
        R"({"pattern":"inbound-answered","fields":{"token":"T","phone":"+375290000001","extensions":["160","161"]}})"
    );
    CHECK(plan.token == "T");
    CHECK(member(plan.events[0], "Phone") == "+375290000001");
    CHECK(member(plan.events[0], "CallType") == "0");
    CHECK(member(plan.events[1], "CallerIDNum") == "375290000001");
    CHECK(member(plan.events[2], "Extensions") == R"(["160","161"])");
    CHECK(member(plan.events.back(), "Extensions") == R"(["160"])");
    CHECK_THAT(plan.expected, ContainsSubstring("📞 Дозвон от +375 (29) 000-00-01 → 160, 161"));
    CHECK_THAT(plan.expected, ContainsSubstring(R"("rang":["160","161"])"));
}

TEST_CASE("a hidden number is shown in words", "[call_emulator]") {
    const auto plan = plan_of(R"({"pattern":"inbound-missed","fields":{"phone":""}})");
    CHECK_THAT(plan.expected, ContainsSubstring("Звонок от Номер не определен"));
}
