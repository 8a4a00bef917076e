// Calls through ingest, integration-cache and bitrix24 into the portal that the sandbox plays
// (contracts/bitrix24.md section 8), and what may go wrong on the way.
#include <algorithm>

#include "../../libs/call/tests/rows.hpp"
#include "bitrix24_portal.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using call::Direction;
using e2e::Bitrix24Portal;
namespace scenario = call::scenario;
using List = std::vector<std::string>;

namespace {

std::string registered(
    const std::string& id,
    const std::string& user,
    int type,
    int show,
    const std::string& phone = "+375290000001"
) {
    return "register ADD_TO_CHAT=0 CALL_START_DATE=TIME CRM_CREATE=0 EXTERNAL_CALL_ID=" + id +
           " LINE_NUMBER=375173880000 PHONE_NUMBER=" + phone + " SHOW=" + std::to_string(show) +
           " TYPE=" + std::to_string(type) + " USER_ID=" + user;
}

std::string finished(
    const std::string& user, const std::string& duration, const std::string& status
) {
    return "finish ADD_TO_CHAT=0 CALL_ID=ID DURATION=" + duration + " STATUS_CODE=" + status +
           " USER_ID=" + user;
}

std::string cards(const std::string& method, const std::string& users) {
    return method + " CALL_ID=ID USER_ID=[" + users + "]";
}

const std::string search = "searchCrmEntities PHONE_NUMBER=+375290000001";

call::Call answered(call::Call call) {
    call.answered = true;
    call.talkers = {"151"};
    call.talker = "151";
    call.talk_s = 41;
    call.phase = call::Phase::done;
    call.ended_at = call.started_at + 48s;
    return call;
}

call::Call unanswered(call::Call call, const std::string& cause) {
    call.phase = call::Phase::done;
    call.hangup_cause = cause;
    call.ended_at = call.started_at + 20s;
    return call;
}

std::string dead_letters(Bitrix24Portal& portal) {
    return portal.suite().sql("SELECT coalesce(string_agg(reason, ' '), '') FROM dead_letters");
}

}  // namespace

TEST_CASE("each kind of call makes exactly the contract's requests", "[e2e][bitrix24]") {
    Bitrix24Portal portal;
    portal.start();
    portal.suite().start("ingest");

    const auto requests_of = [&](const std::string& id, const std::vector<call::Event>& events) {
        portal.play(portal.another_enterprise(), events);
        if (!id.empty()) {
            portal.wait_until_finished(id);
        }
        return portal.requests();
    };

    CHECK(
        requests_of("1.1", scenario::row_1_inbound()) ==
        List{registered("1.1", "12", 2, 1), finished("12", "12", "200")}
    );
    // Stepwise ringing; the second of three answers.
    CHECK(
        requests_of("2.1", scenario::row_2_group()) ==
        List{
            registered("2.1", "12", 2, 1),
            cards("show", "12,13"),
            cards("show", "14"),
            cards("hide", "12,14"),
            finished("13", "20", "200"),
        }
    );
    // Two at once: the responsible one first, whoever was dialled first.
    CHECK(
        requests_of(
            "3.1",
            {scenario::start(0, "3.1"),
             scenario::dial(3, "3.1", 0, scenario::E, {"152", "151"}),
             scenario::hangup(25.2, "3.1", 0, "0", scenario::E, {})}
        ) ==
        List{
            search,
            registered("3.1", "12", 2, 1),
            cards("show", "13,12"),
            finished("12", "0", "304"),
        }
    );
    CHECK(
        requests_of("4.1", scenario::row_4_outbound()) ==
        List{registered("4.1", "12", 1, 1), finished("12", "30", "200")}
    );
    CHECK(
        requests_of(
            "5.1",
            {scenario::dial(0, "5.1", 1, scenario::E, {"151"}),
             scenario::hangup(30.2, "5.1", 1, "0", scenario::E, {"151"})}
        ) == List{registered("5.1", "12", 1, 1), finished("12", "0", "304")}
    );
    CHECK(requests_of("", scenario::row_6_internal()).empty());
    // A transfer: the card follows the talk, the record names who talked last.
    CHECK(
        requests_of("9.1", scenario::row_9_blind()) ==
        List{
            registered("9.1", "12", 2, 1),
            cards("hide", "12"),
            cards("show", "13"),
            finished("13", "42", "200"),
        }
    );
    // A hangup alone, and one of a caller who hides his number.
    CHECK(
        requests_of("14.1", {scenario::hangup(20, "14.1", 0, "0", scenario::E, {"151"})}) ==
        List{registered("14.1", "12", 2, 0), finished("12", "0", "304")}
    );
    CHECK(requests_of("", {scenario::hangup(20, "15.1", 0, "0", "", {"151"})}).empty());

    CHECK(portal.violations() == "{}");
    CHECK(dead_letters(portal).empty());
    portal.check_no_secret();
}

TEST_CASE("endings, late recordings and who is unknown go by the contract", "[e2e][bitrix24]") {
    Bitrix24Portal portal;
    portal.start();
    const auto ring_out = [&](const std::string& id, const std::string& cause) {
        const auto call = Bitrix24Portal::call(id, Direction::out);
        portal.dispatch("dial", call);
        portal.dispatch("hangup", unanswered(call, cause));
        portal.settle();
    };
    ring_out("1.17", "17");
    ring_out("1.21", "21");
    ring_out("1.1", "1");
    ring_out("1.20", "20");
    ring_out("1.487", "CANCEL");
    CHECK(
        portal.calls() ==
        List{
            "1.17: 0 486 12",
            "1.21: 0 603 12",
            "1.1: 0 404 12",
            "1.20: 0 480 12",
            "1.487: 0 603-S 12",
        }
    );
    portal.requests();

    auto call = answered(Bitrix24Portal::call("2.1", Direction::in));
    const auto uuid = call.uuid;
    portal.dispatch("hangup", call);
    portal.settle();
    CHECK(
        portal.requests() ==
        List{registered("2.1", "12", 2, 0, "+375296254070"), finished("12", "41", "200")}
    );
    call.record_url = "https://pbx.example.by/recordings/" + uuid;
    call.revision = 2;
    portal.dispatch("update", call);
    // A correction of what is finished, and the same recording once more: nothing to be done.
    call.talk_s = 40;
    call.corrected = true;
    call.revision = 3;
    portal.dispatch("update", call);
    portal.settle();
    CHECK(
        portal.requests() ==
        List{
            "attachRecord CALL_ID=ID FILENAME=" + uuid +
                ".mp3 RECORD_URL=https://pbx.example.by/recordings/" + uuid,
        }
    );
    CHECK(
        portal.suite().sql("SELECT count(*) FROM integration_logs WHERE response LIKE '%cannot "
                           "change a finished call%'") == "1"
    );

    // With the recording at the end, and an extension that no user has: the default user.
    auto strange = answered(Bitrix24Portal::call("2.2", Direction::in));
    strange.rang = {"199"};
    strange.talkers = {"199"};
    strange.record_url = "https://pbx.example.by/recordings/" + strange.uuid;
    portal.dispatch("hangup", strange);
    portal.settle();
    CHECK(portal.calls().back() == "2.2: 41 200 1, " + strange.uuid + ".mp3");
    CHECK(portal.violations() == "{}");
}

TEST_CASE("a portal that fails gets each call once", "[e2e][bitrix24]") {
    Bitrix24Portal portal;
    portal.start();
    const List troubles{
        R"("kind":"status","status":500,"times":2)",
        R"("kind":"status","status":503,"times":4)",
        R"("kind":"status","status":500,"done":true,"times":2)",
        R"("kind":"status","status":503,"body":"{\"error\":\"QUERY_LIMIT_EXCEEDED\"}","times":2)",
        R"("kind":"garbage","times":2)",
        R"("kind":"garbage","done":true,"times":1)",
        R"("kind":"reset","times":1)",
        R"("kind":"reset","done":true,"times":2)",
        R"("kind":"lose","delay_ms":9000,"times":1)",
    };
    List expected;
    int number = 0;
    for (const auto* method : {"register", "finish"}) {
        for (const auto& trouble : troubles) {
            INFO(method << " " << trouble);
            const auto id = "3." + std::to_string(++number);
            portal.fault(R"("match":"externalCall.)" + std::string(method) + "\"," + trouble);
            const auto call = Bitrix24Portal::call(id, Direction::in);
            portal.dispatch("dial", call);
            portal.dispatch("hangup", answered(call));
            portal.settle();
            expected.push_back(id + ": 41 200 12");
            REQUIRE(portal.calls() == expected);
        }
    }
    CHECK(portal.violations() == "{}");
    CHECK(dead_letters(portal).empty());
    portal.check_no_secret();
}

TEST_CASE("a connector that is killed between its requests doubles nothing", "[e2e][bitrix24]") {
    Bitrix24Portal portal;
    portal.start();
    auto& suite = portal.suite();
    const e2e::Suite::Environment settings{
        {"BITRIX24_OAUTH_URL", suite.url("sandbox") + "/bitrix24"}
    };
    List expected;
    int number = 0;
    for (const auto* method : {"register", "finish", "attachRecord"}) {
        const auto id = "4." + std::to_string(++number);
        portal.fault(
            R"("match":"externalCall.)" + std::string(method) +
            R"(","kind":"slow","delay_ms":3000,"times":1)"
        );
        portal.requests();
        auto call = answered(Bitrix24Portal::call(id, Direction::in));
        call.record_url = "https://pbx.example.by/recordings/" + call.uuid;
        portal.dispatch("hangup", call);
        testing::wait_until(
            [&] {
                const auto seen = portal.requests();
                return std::ranges::any_of(seen, [&](const std::string& request) {
                    return request.starts_with(std::string(method) + " ");
                });
            },
            20s,
            "the portal has done it, and its answer is on its way"
        );
        suite.kill("bitrix24");
        suite.start("bitrix24", settings);
        portal.settle();
        expected.push_back(id + ": 41 200 12, " + call.uuid + ".mp3");
        REQUIRE(portal.calls() == expected);
    }
    CHECK(portal.violations() == "{}");
    CHECK(dead_letters(portal).empty());
}

TEST_CASE("a token that has run out is renewed once, for all who wait", "[e2e][bitrix24]") {
    Bitrix24Portal portal;
    portal.start();
    auto& suite = portal.suite();
    portal.set(R"("expire_token":true)");
    List expected;
    for (int number = 1; number <= 6; ++number) {
        const auto id = "5." + std::to_string(number);
        portal.dispatch("hangup", answered(Bitrix24Portal::call(id, Direction::in)));
        expected.push_back(id + ": 41 200 12");
    }
    portal.settle();
    auto calls = portal.calls();
    std::ranges::sort(calls);
    CHECK(calls == expected);
    CHECK(portal.state().root().find("refreshes")->integer() == 1);
    CHECK(
        suite.sql("SELECT (integrations_config->'bitrix24'->>'access_token') LIKE 'enc:v1:%' AND "
                  "(integrations_config->'bitrix24'->>'refresh_token') LIKE 'enc:v1:%' FROM "
                  "enterprises WHERE number = '0367'") == "t"
    );
    CHECK(portal.violations() == "{}");

    // The portal has forgotten the application: a person must act.
    suite.sql(
        "UPDATE enterprises SET integrations_config = jsonb_set(integrations_config, "
        "'{bitrix24,refresh_token}', '\"sandbox-bitrix24-refresh-0367-1\"') WHERE number = '0367'"
    );
    portal.set(R"("expire_token":true)");
    portal.dispatch("hangup", answered(Bitrix24Portal::call("5.9", Direction::in)));
    portal.settle();
    CHECK_THAT(dead_letters(portal), ContainsSubstring("reinstall the application"));
    portal.check_no_secret();
}

TEST_CASE("a portal that was renamed is found at its new address", "[e2e][bitrix24]") {
    Bitrix24Portal portal;
    portal.start();
    auto& suite = portal.suite();
    portal.dispatch("hangup", answered(Bitrix24Portal::call("6.1", Direction::in)));
    portal.settle();
    portal.set(R"("renamed_to":"new-name")");
    portal.dispatch("hangup", answered(Bitrix24Portal::call("6.2", Direction::in)));
    portal.settle();
    const auto document = e2e::http("GET", suite.url("sandbox") + "/sandbox/bitrix24").json();
    const auto calls = *document.root().find("portals")->find("new-name")->find("calls");
    REQUIRE(calls.size() == 2);
    CHECK(calls[1].find("finish"));
    CHECK(
        suite.sql("SELECT integrations_config->'bitrix24'->>'domain' FROM enterprises WHERE "
                  "number = '0367'") == suite.url("sandbox") + "/bitrix24/new-name"
    );
}

TEST_CASE("a webhook looks up; for calls it says what it needs instead", "[e2e][bitrix24]") {
    Bitrix24Portal portal(Bitrix24Portal::Access::webhook);
    portal.start();
    auto& suite = portal.suite();
    const auto connector = suite.url("bitrix24") + "/internal/bitrix24";
    CHECK(
        e2e::http("GET", connector + "/customer/0367/375296254070").body ==
        R"({"found":true,"name":"Иван Петров","id":"501","company":null,)"
        R"("responsible":{"extension":"150","id":"11","name":"Ковалёва Анна"}})"
    );
    CHECK_THAT(
        e2e::http("GET", connector + "/customer/0367/375290000001").body,
        ContainsSubstring(R"("company":"ООО Ромашка")")
    );
    CHECK_THAT(
        e2e::http("GET", connector + "/customer/0367/375299999999").body,
        ContainsSubstring(R"("found":false)")
    );
    CHECK_THAT(
        e2e::http("GET", connector + "/responsible/june/+375296254070").body,
        ContainsSubstring(R"("extension":"150")")
    );
    CHECK_THAT(
        e2e::http("GET", connector + "/managers/0367").body,
        ContainsSubstring(R"({"id":"12","name":"Сидоров Пётр","extension":"151"})")
    );
    const auto test = e2e::http("POST", connector + "/test-connection/0367").body;
    CHECK_THAT(test, ContainsSubstring(R"("ok":false)") && ContainsSubstring("local application"));

    portal.dispatch("hangup", answered(Bitrix24Portal::call("7.1", Direction::in)));
    portal.settle();
    CHECK_THAT(dead_letters(portal), ContainsSubstring("local application"));
    CHECK(portal.calls().empty());
    // A portal that still lets webhooks do it; the dead letter is replayed.
    portal.set(R"("webhook_may_call":true)");
    CHECK_THAT(
        e2e::http("POST", connector + "/test-connection/0367").body,
        ContainsSubstring(R"("ok":true)")
    );
    portal.dispatch("hangup", answered(Bitrix24Portal::call("7.2", Direction::in)));
    portal.settle();
    CHECK(portal.calls() == List{"7.2: 41 200 12"});
    CHECK(portal.violations() == "{}");
    portal.check_no_secret();
}
