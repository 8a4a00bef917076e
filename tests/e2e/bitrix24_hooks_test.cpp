// What a Bitrix24 portal asks of us: installation, clicks on numbers, callbacks.
#include "bitrix24_portal.hpp"
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using call::Direction;
using e2e::Bitrix24Portal;
using List = std::vector<std::string>;

namespace {

constexpr auto hook = "/bitrix24/hooks/hook-0367-secret/";

std::int64_t status_of(const json::Document& answer) {
    return answer.root().find("status")->integer().value_or(0);
}

std::string member(Bitrix24Portal& portal, const std::string& name) {
    return portal.suite().sql(
        "SELECT coalesce(integrations_config->'bitrix24'->>'" + name +
        "', '') FROM enterprises WHERE number = '0367'"
    );
}

std::string install_at(Bitrix24Portal& portal) {
    return R"("url":")" + portal.suite().url("bitrix24") + hook + "install\"";
}

const std::string click =
    R"("event":"ONEXTERNALCALLSTART","data":{"USER_ID":12,"PHONE_NUMBER":"+375296254070"})";

call::Call answered_out(const std::string& id) {
    auto call = Bitrix24Portal::call(id, Direction::out);
    call.answered = true;
    call.talkers = {"151"};
    call.talk_s = 41;
    call.phase = call::Phase::done;
    return call;
}

}  // namespace

TEST_CASE("an installation stores its tokens and binds the events", "[e2e][bitrix24]") {
    Bitrix24Portal portal(Bitrix24Portal::Access::not_installed);
    portal.start();
    const auto& suite = portal.suite();
    // An exact copy of the demo enterprise's first call has nowhere to go yet.
    portal.dispatch("hangup", answered_out("1.1"));
    portal.settle();
    CHECK_THAT(
        suite.sql("SELECT string_agg(reason, ' ') FROM dead_letters"),
        ContainsSubstring("not installed")
    );

    const auto strange = e2e::http("POST", suite.url("bitrix24") + "/bitrix24/hooks/x/install", "");
    CHECK(strange.status == 404);
    const auto installed = portal.send_event(R"("event":"ONAPPINSTALL",)" + install_at(portal));
    CHECK(status_of(installed) == 200);
    for (const auto* name : {"access_token", "refresh_token", "application_token"}) {
        INFO(name);
        CHECK(member(portal, name).starts_with("enc:v1:"));
    }
    CHECK(member(portal, "member_id") == "member-0367");
    const auto handlers = portal.state().root().find("handlers")->dump();
    CHECK_THAT(
        handlers,
        ContainsSubstring("ONEXTERNALCALLSTART") && ContainsSubstring("ONEXTERNALCALLBACKSTART") &&
            ContainsSubstring("hook-0367-secret/event")
    );
    testing::wait_until(
        [&] {
            const auto test = e2e::http(
                "POST", suite.url("bitrix24") + "/internal/bitrix24/test-connection/0367"
            );
            return test.body.find(R"("ok":true)") != std::string::npos;
        },
        5s,
        "the connector knows its new tokens"
    );
    portal.dispatch("hangup", answered_out("1.2"));
    portal.settle();
    CHECK(portal.calls() == List{"1.2: 41 200 12"});

    // Another portal cannot take its place, and only who knows the token removes it.
    CHECK(
        status_of(
            portal.send_event(R"("event":"ONAPPINSTALL","member_id":"other",)" + install_at(portal))
        ) == 403
    );
    CHECK(
        status_of(portal.send_event(
            R"("event":"ONAPPUNINSTALL","application_token":"wrong",)" + install_at(portal)
        )) == 403
    );
    CHECK_FALSE(member(portal, "access_token").empty());
    CHECK(status_of(portal.send_event(R"("event":"ONAPPUNINSTALL",)" + install_at(portal))) == 200);
    CHECK(member(portal, "access_token").empty());
    CHECK(member(portal, "application_token").empty());
    portal.check_no_secret();
}

TEST_CASE("a click places a call and the portal's own record ends it", "[e2e][bitrix24]") {
    testing::HttpNeighbour gateway;
    gateway.answer(
        "POST", "/pbx/*", testing::NeighbourResponse::json(R"({"id":"PJSIP/151-1"})", 202)
    );
    Bitrix24Portal portal;
    portal.suite().sql("INSERT INTO pbx_servers (id, enterprise_number) VALUES ('7', '0367')");
    portal.start({{"PBX_GATEWAY_URL", gateway.url()}});
    const auto url = R"(,"url":")" + portal.suite().url("bitrix24") + std::string(hook) + "event\"";

    CHECK(status_of(portal.send_event(click + url + R"(,"application_token":"no")")) == 403);
    CHECK(status_of(portal.send_event(click + url + R"(,"member_id":"other")")) == 403);
    CHECK(gateway.requests().empty());
    CHECK(portal.calls() == List{": open", ": open"});

    const auto clicked = portal.send_event(click + url);
    CHECK(status_of(clicked) == 200);
    const auto call_id = std::string(*clicked.root().find("call_id")->string());
    const auto placed = gateway.requests("POST", "/pbx/7/calls");
    REQUIRE(placed.size() == 1);
    CHECK_THAT(
        placed.front().body,
        ContainsSubstring(R"("from":"151")") && ContainsSubstring(R"("to":"+375296254070")") &&
            ContainsSubstring(call_id) && ContainsSubstring("bitrix24:12")
    );
    // The dial that follows is that call: no register, and the finish has its CALL_ID.
    portal.requests();
    portal.dispatch("dial", Bitrix24Portal::call("2.1", Direction::out));
    portal.dispatch("hangup", answered_out("2.1"));
    portal.settle();
    CHECK(
        portal.requests() ==
        List{"finish ADD_TO_CHAT=0 CALL_ID=ID DURATION=41 STATUS_CODE=200 USER_ID=12"}
    );
    CHECK(portal.calls().back() == ": 41 200 12");
    // The next call to the same number is another one.
    portal.dispatch("hangup", answered_out("2.2"));
    portal.settle();
    CHECK(portal.calls().back() == "2.2: 41 200 12");

    // A callback is ours to register; the responsible one is called first.
    const auto back = portal.send_event(
        R"("event":"ONEXTERNALCALLBACKSTART","data":{"PHONE_NUMBER":"+375296254070"})" + url
    );
    CHECK(status_of(back) == 200);
    CHECK_THAT(gateway.requests().back().body, ContainsSubstring(R"("from":"150")"));
    const auto document = portal.state();
    const auto calls = *document.root().find("calls");
    CHECK(calls[calls.size() - 1].find("type")->integer() == 4);
    auto called_back = answered_out("2.3");
    called_back.rang = {"150"};
    called_back.talkers = {"150"};
    portal.dispatch("hangup", called_back);
    portal.settle();
    CHECK_THAT(portal.calls().back(), Catch::EndsWith(": 41 200 11"));
    CHECK_THAT(portal.calls().back(), Catch::StartsWith("callback-"));
    CHECK(portal.violations() == "{}");
    portal.check_no_secret();
}

TEST_CASE("a click that cannot be served is finished at once", "[e2e][bitrix24]") {
    testing::HttpNeighbour gateway;
    Bitrix24Portal portal;
    portal.start({{"PBX_GATEWAY_URL", gateway.url()}});
    const auto url = R"(,"url":")" + portal.suite().url("bitrix24") + std::string(hook) + "event\"";
    // There is no exchange.
    CHECK(status_of(portal.send_event(click + url)) == 200);
    CHECK(portal.calls() == List{": 0 503 12"});
    // The gateway forbids it, and its exchange is away.
    portal.suite().sql("INSERT INTO pbx_servers (id, enterprise_number) VALUES ('7', '0367')");
    gateway.answer(
        "POST", "/pbx/*", testing::NeighbourResponse::json(R"({"detail":"not at night"})", 403)
    );
    CHECK(status_of(portal.send_event(click + url)) == 200);
    CHECK(portal.calls().back() == ": 0 403 12");
    gateway.refuse();
    CHECK(status_of(portal.send_event(click + url)) == 200);
    CHECK(portal.calls().back() == ": 0 503 12");
    // Nothing is left that a later call could be taken for.
    portal.dispatch("hangup", answered_out("3.1"));
    portal.settle();
    CHECK(portal.calls().back() == "3.1: 41 200 12");
    CHECK(portal.violations() == "{}");
}
