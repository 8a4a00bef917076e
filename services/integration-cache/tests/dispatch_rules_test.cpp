#include "crm_targets.hpp"

#include "crm_delivery.hpp"
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

const auto all = connectors("http://127.0.0.1:8019");

}  // namespace

TEST_CASE(
    "an enabled CRM gets what it can use and the rest is told why not", "[integration-cache]"
) {
    const auto enterprise = june(R"({"retailcrm":{"enabled":true},"uon":{"enabled":true}})");
    const auto dial = targets_of(all, enterprise, inbound(), call::DispatchKind::dial);
    REQUIRE(dial.send.size() == 1);
    CHECK(dial.send[0]->key == "retailcrm");
    CHECK(dial.skipped.at("ms") == "disabled");
    CHECK(dial.skipped.at("uon") == "no connector in this installation");
    const auto bridge = targets_of(all, enterprise, inbound(), call::DispatchKind::bridge);
    CHECK(bridge.send.empty());
    CHECK(bridge.skipped.at("retailcrm") == "takes no bridge");
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
    contract::Dispatch dispatch;
    dispatch.token = enterprise.token;
    dispatch.unique_id = "1759310248.0";
    dispatch.kind = call::DispatchKind::hangup;
    dispatch.raw =
        R"({"UniqueId":"1759310248.0","CallType":0,"CallStatus":"2","Phone":"375296254070","Extensions":["151"],)"
        R"("StartTime":"2025-10-01 12:00:00","DateReceived":"2025-10-01 12:00:00","EndTime":"2025-10-01 12:00:41"})";
    const auto call = derive_call(enterprise, dispatch);
    REQUIRE(call);
    CHECK(call->direction == call::Direction::in);
    CHECK(call->answered);
    CHECK(call->phone == "375296254070");
    const auto again = derive_call(enterprise, dispatch);
    CHECK(again->uuid == call->uuid);
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
    CHECK(verdict_of(answer(503, "")).kind == Kind::retry);
    CHECK(verdict_of(answer(200, "<html>")).kind == Kind::retry);
}
