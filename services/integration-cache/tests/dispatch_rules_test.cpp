#include <algorithm>

#include "call_derivation.hpp"
#include "crm_delivery.hpp"
#include "crm_targets.hpp"
#include "dispatch_plan.hpp"
#include "json/document.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::integration_cache;

namespace {

tenants::Enterprise june(std::string_view config) {
    tenants::Enterprise enterprise;
    enterprise.number = "0367";
    enterprise.token = "375293332255";
    enterprise.timezone = "Europe/Minsk";
    enterprise.integrations = json::parse(config).value();
    return enterprise;
}

call::Call inbound() {
    call::Call call;
    call.uuid = "u";
    call.phone = "375296254070";
    call.rang = {"152", "151"};
    return call;
}

httpc::Response answer(unsigned status, std::string body) {
    httpc::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

const auto all = connectors(ConnectorUrls{});

const auto now = *base::parse_iso8601("2026-01-15T09:00:00Z");

contract::Dispatch seed_event(call::DispatchKind kind, std::string raw) {
    contract::Dispatch dispatch;
    dispatch.token = "375293332255";
    dispatch.unique_id = "1759310248.0";
    dispatch.kind = kind;
    dispatch.raw = std::move(raw);
    return dispatch;
}

constexpr auto dial_raw =
    R"({"UniqueId":"1759310248.0","Phone":"375296254070","Extensions":["151","152"],"CallType":0,"Trunk":"0001363","ExtPhone":"375296254070"})";
constexpr auto bridge_raw =
    R"({"UniqueId":"1759310248.1","BridgeUniqueid":"b1","CallerIDNum":"375296254070","ConnectedLineNum":"151","Channel":"SIP/line-1"})";
constexpr auto hangup_raw =
    R"({"UniqueId":"1759310248.0","CallType":2,"CallStatus":"2","Phone":"375296254070","Extensions":["151"],)"
    R"("StartTime":"2026-01-15 12:00:00","DateReceived":"2026-01-15 12:00:00","EndTime":"2026-01-15 12:00:41"})";
// The seed's own sample: an internal call to a department.
constexpr auto seed_hangup_raw =
    R"({"Token":"375293332255","CallStatus":"2","Phone":"152","ExternalInitiated":true,"Trunk":"","Extensions":["150"],)"
    R"("UniqueId":"1759230684.16","StartTime":"","DateReceived":"2025-09-30 11:15:02","EndTime":"2025-09-30 11:15:12","CallType":0})";

/// Accepts one event after another, as the store would.
struct Gateway {
    DispatchPlan accept(const contract::Dispatch& dispatch, base::WallTime at = now) {
        auto plan = plan_dispatch(all, enterprise, dispatch, known, "t", at);
        REQUIRE(plan);
        if (!plan->answer.duplicate) {
            known.keys.insert(known.keys.end(), plan->keys.begin(), plan->keys.end());
            known.state = plan->state;
        }
        return *plan;
    }

    tenants::Enterprise enterprise =
        june(R"({"retailcrm":{"enabled":true},"ms":{"enabled":true},"uon":{"enabled":false}})");
    KnownCall known;
};

std::vector<std::string> told(const DispatchPlan& plan) {
    std::vector<std::string> out;
    for (const auto& message : plan.messages) {
        out.push_back(message.target + " " + message.kind);
    }
    return out;
}

}  // namespace

TEST_CASE(
    "an enabled CRM gets what it can use and the rest is told why not", "[integration-cache]"
) {
    const auto enterprise =
        june(R"({"smart":{"primary":"uon"},"retailcrm":{"enabled":true},"uon":{"enabled":true},)"
             R"("own":{"enabled":true},"amo":{"enabled":true},"notes":"x","old":{"enabled":false}})"
        );
    ConnectorUrls urls;
    urls.uon.clear();
    const auto installed = connectors(urls);
    const auto dial = targets_of(installed, enterprise, inbound(), call::DispatchKind::dial);
    REQUIRE(dial.send.size() == 1);
    CHECK(dial.send[0]->key == "retailcrm");
    CHECK(dial.skipped.at("ms") == "disabled");
    CHECK(dial.skipped.at("uon") == "no connector in this installation");
    CHECK(dial.skipped.at("amo") == "unknown integration");
    CHECK(dial.skipped.at("own") == "takes no dial");
    CHECK_FALSE(dial.skipped.contains("notes"));
    const auto bridge = targets_of(installed, enterprise, inbound(), call::DispatchKind::bridge);
    CHECK(bridge.send.empty());
    CHECK(bridge.skipped.at("retailcrm") == "takes no bridge");
    const auto update = targets_of(installed, enterprise, inbound(), call::DispatchKind::update);
    REQUIRE(update.send.size() == 1);
    CHECK(update.send[0]->is_own());
}

TEST_CASE("the own CRM gets a call's end and no made-up dial", "[integration-cache]") {
    Gateway gateway;
    gateway.enterprise = june(R"({"own":{"enabled":true}})");
    const auto alone = gateway.accept(seed_event(call::DispatchKind::hangup, hangup_raw));
    CHECK(told(alone) == std::vector<std::string>{"own hangup"});
    CHECK_FALSE(alone.makes_a_dial);
    Gateway both;
    both.enterprise = june(R"({"own":{"enabled":true},"retailcrm":{"enabled":true}})");
    CHECK(
        told(both.accept(seed_event(call::DispatchKind::hangup, hangup_raw))) ==
        std::vector<std::string>{"retailcrm dial", "retailcrm hangup", "own hangup"}
    );
}

TEST_CASE("an internal call reaches no CRM", "[integration-cache]") {
    auto call = inbound();
    call.direction = call::Direction::internal;
    const auto targets = targets_of(
        all, june(R"({"retailcrm":{"enabled":true}})"), call, call::DispatchKind::hangup
    );
    CHECK(targets.send.empty());
    CHECK(targets.skipped.at("retailcrm") == "internal call");
}

TEST_CASE("a repeat has the same key whatever the order of the extensions", "[integration-cache]") {
    auto call = inbound();
    const auto key = dispatch_key(call::DispatchKind::dial, call);
    call.rang = {"151", "152"};
    CHECK(dispatch_key(call::DispatchKind::dial, call) == key);
    call.rang.emplace_back("153");
    CHECK(dispatch_key(call::DispatchKind::dial, call) != key);
}

TEST_CASE("the seed's four members alone give a call", "[integration-cache]") {
    const auto enterprise = june("{}");
    const auto dispatch = seed_event(call::DispatchKind::hangup, hangup_raw);
    const auto derived = derive_call(enterprise, dispatch, "", now);
    REQUIRE(derived);
    CHECK(derived->call.phase == call::Phase::done);
    CHECK(derived->call.answered);
    CHECK(derived->call.phone == "375296254070");
    CHECK(derived->call.unique_id == "1759310248.0");
    const auto again = derive_call(enterprise, dispatch, "", now + std::chrono::hours(1));
    CHECK(again->call.uuid == derived->call.uuid);
    CHECK_FALSE(derive_call(enterprise, seed_event(call::DispatchKind::update, "{}"), "", now));
}

TEST_CASE(
    "a derived call has its direction from the first event and its talk from the bridge",
    "[integration-cache]"
) {
    const auto enterprise = june("{}");
    const auto dial =
        derive_call(enterprise, seed_event(call::DispatchKind::dial, dial_raw), "", now);
    REQUIRE(dial);
    CHECK(dial->call.direction == call::Direction::in);
    CHECK(dial->call.rang == std::vector<std::string>{"151", "152"});
    const auto bridge = derive_call(
        enterprise,
        seed_event(call::DispatchKind::bridge, bridge_raw),
        dial->state,
        now + std::chrono::seconds(10)
    );
    REQUIRE(bridge);
    CHECK(bridge->call.talker == "151");
    CHECK(bridge->call.uuid == dial->call.uuid);
    const auto hangup = derive_call(
        enterprise,
        seed_event(call::DispatchKind::hangup, hangup_raw),
        bridge->state,
        now + std::chrono::seconds(41)
    );
    REQUIRE(hangup);
    CHECK(hangup->call.phase == call::Phase::done);
    CHECK(hangup->call.direction == call::Direction::in);
    CHECK(hangup->call.talk_s == 31);
    CHECK(hangup->call.talkers == std::vector<std::string>{"151"});
    const auto repeat = derive_call(
        enterprise,
        seed_event(call::DispatchKind::hangup, hangup_raw),
        hangup->state,
        now + std::chrono::seconds(60)
    );
    REQUIRE(repeat);
    CHECK(repeat->call.phase == call::Phase::done);
    CHECK(repeat->call.talk_s == 31);
}

TEST_CASE("both parties internal is internal whatever CallType says", "[integration-cache]") {
    Gateway gateway;
    const auto plan = gateway.accept(seed_event(call::DispatchKind::hangup, seed_hangup_raw));
    CHECK(plan.answer.targets.empty());
    CHECK(plan.messages.empty());
    CHECK_FALSE(plan.makes_a_dial);
    CHECK(plan.answer.skipped.at("retailcrm") == "internal call");
    CHECK(plan.answer.skipped.at("uon") == "disabled");
}

TEST_CASE("a whole call is told once, in order, to those who take it", "[integration-cache]") {
    Gateway gateway;
    const auto dial = seed_event(call::DispatchKind::dial, dial_raw);
    const auto first = gateway.accept(dial);
    CHECK(first.answer.targets == std::vector<std::string>{"retailcrm", "ms"});
    CHECK(first.answer.skipped.at("uon") == "disabled");
    CHECK(told(first) == std::vector<std::string>{"retailcrm dial", "moysklad dial"});
    const auto repeat = gateway.accept(dial);
    CHECK(repeat.answer.duplicate);
    CHECK(repeat.answer.targets == first.answer.targets);
    CHECK(repeat.messages.empty());
    const auto bridge = gateway.accept(seed_event(call::DispatchKind::bridge, bridge_raw));
    CHECK(told(bridge) == std::vector<std::string>{"moysklad bridge"});
    const auto hangup = gateway.accept(seed_event(call::DispatchKind::hangup, hangup_raw));
    CHECK(told(hangup) == std::vector<std::string>{"retailcrm hangup", "moysklad hangup"});
    CHECK_FALSE(hangup.makes_a_dial);
    CHECK(gateway.accept(seed_event(call::DispatchKind::hangup, hangup_raw)).answer.duplicate);
}

TEST_CASE("a hangup without a dial is told after a dial of our own, once", "[integration-cache]") {
    Gateway gateway;
    auto raw = std::string(hangup_raw);
    raw.replace(raw.find("\"CallType\":2"), 12, "\"CallType\":0");
    const auto plan = gateway.accept(seed_event(call::DispatchKind::hangup, raw));
    REQUIRE(
        told(plan) ==
        std::vector<std::string>{
            "retailcrm dial", "moysklad dial", "retailcrm hangup", "moysklad hangup"
        }
    );
    const auto dial = json::parse(plan.messages[0].payload).value();
    CHECK(dial.root().find("synthetic")->boolean() == true);
    CHECK(dial.root().find("call")->find("answered")->boolean() == false);
    CHECK(dial.root().find("call")->find("rang")->dump() == R"(["151"])");
    CHECK(dial.root().find("raw")->find("Extensions")->dump() == R"(["151"])");
    CHECK(dial.root().find("raw")->find("ExtPhone")->string() == "375296254070");
    const auto hangup = json::parse(plan.messages[2].payload).value();
    CHECK(hangup.root().find("synthetic")->boolean() == false);
    CHECK(hangup.root().find("call")->find("answered")->boolean() == true);
    // The real one comes late and names more people: nobody wants to see it now.
    const auto late = gateway.accept(seed_event(call::DispatchKind::dial, dial_raw));
    CHECK_FALSE(late.answer.duplicate);
    CHECK(late.messages.empty());
    CHECK(late.is_overtaken);
    CHECK(late.answer.skipped.at("retailcrm") == "overtaken: the call has ended");
}

TEST_CASE("pop-ups that come too late are dropped, records never", "[integration-cache]") {
    Gateway gateway;
    auto dial = seed_event(call::DispatchKind::dial, dial_raw);
    dial.received_at = now - std::chrono::minutes(5);
    const auto dropped = gateway.accept(dial);
    CHECK(dropped.messages.empty());
    CHECK(dropped.answer.skipped.at("ms") == "overtaken: too late for a pop-up");
    auto hangup = seed_event(call::DispatchKind::hangup, hangup_raw);
    hangup.received_at = now - std::chrono::minutes(4);
    CHECK(
        told(gateway.accept(hangup)) ==
        std::vector<std::string>{"retailcrm hangup", "moysklad hangup"}
    );
}

TEST_CASE(
    "a pop-up is tried for a minute and holds up its hangup no longer", "[integration-cache]"
) {
    using namespace std::chrono_literals;
    outbox::Item item;
    item.created_at = now;
    item.message.kind = "dial";
    CHECK(time_left_for(item, now + 20s) == 40s);
    CHECK(time_left_for(item, now + 61s) < 0ms);
    const auto soon = within_life(outbox::Verdict::retry("503"), 40s);
    CHECK(soon.at_most == 40s);
    CHECK_FALSE(within_life(outbox::Verdict::done(), 40s).at_most);
    item.message.kind = "hangup";
    CHECK(time_left_for(item, now + 100h) == std::chrono::milliseconds::max());
}

TEST_CASE("what a connector answers decides what the queue does", "[integration-cache]") {
    using Kind = outbox::Verdict::Kind;
    CHECK(verdict_of(answer(200, R"({"result":"done","detail":""})")).kind == Kind::done);
    CHECK(verdict_of(answer(200, R"({"result":"duplicate","detail":""})")).kind == Kind::done);
    CHECK(verdict_of(answer(200, R"({"result":"ignored","detail":"hidden"})")).kind == Kind::done);
    const auto retry =
        verdict_of(answer(200, R"({"result":"retry","detail":"503","retry_after_ms":1500})"));
    CHECK(retry.kind == Kind::retry);
    CHECK(retry.retry_after == std::chrono::milliseconds(1500));
    const auto dead = verdict_of(
        answer(200, R"({"result":"permanent","detail":"wrong key","mend":"set api_key"})")
    );
    CHECK(dead.kind == Kind::dead);
    CHECK(dead.reason == "wrong key - set api_key");
    CHECK(verdict_of(answer(422, "{}")).kind == Kind::dead);
    CHECK(retry.all_wait);
    CHECK(verdict_of(answer(503, "")).kind == Kind::retry);
    CHECK_FALSE(verdict_of(answer(503, "")).all_wait);
    auto busy = answer(429, "");
    busy.headers.emplace_back("retry-after", "7");
    CHECK(verdict_of(busy).retry_after == std::chrono::seconds(7));
    CHECK(verdict_of(busy).all_wait);
    CHECK(verdict_of(answer(200, "<html>")).kind == Kind::retry);
    const auto held = verdict_of(answer(
        200, R"({"result":"retry","detail":"no link","retry_after_ms":5000,"only_this_call":true})"
    ));
    CHECK(held.kind == Kind::retry);
    CHECK(held.retry_after == std::chrono::seconds(5));
    CHECK_FALSE(held.all_wait);
    CHECK_FALSE(held.tried);
}
