#include <algorithm>
#include <fstream>

#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

constexpr auto demo_token = "375293332255";

/// trunkctl by a shell, so that it can be given standard input.
testing::Outcome trunkctl(
    const e2e::Suite& suite, const std::string& arguments, const std::string& input = {}
) {
    auto command = suite.command("trunkctl");
    command.argv = {
        "bash",
        "-c",
        "printf '%b' \"$1\" | \"$2\" " + arguments,
        "bash",
        input,
        command.argv.front()
    };
    return testing::run_command(command);
}

std::string dispatch_body(
    const std::string& unique_id, const std::string& kind, const std::string& raw
) {
    return R"({"token":")" + std::string(demo_token) + R"(","uniqueId":")" + unique_id +
           R"(","event_type":")" + kind + R"(","raw":)" + raw + "}";
}

std::string raw_dial(const std::string& unique_id) {
    return R"({"Token":"375293332255","UniqueId":")" + unique_id +
           R"(","Phone":"375296254070","Extensions":["151"],"CallType":0,"Trunk":"0001363",)"
           R"("ExtTrunk":"","ExtPhone":"375296254070"})";
}

std::string raw_hangup(const std::string& unique_id) {
    return R"({"Token":"375293332255","UniqueId":")" + unique_id +
           R"(","CallStatus":"2","Phone":"375296254070","Trunk":"0001363","Extensions":["151"],)"
           R"("StartTime":"2026-01-15 12:00:00","DateReceived":"2026-01-15 12:00:00",)"
           R"("EndTime":"2026-01-15 12:00:41","CallType":0})";
}

e2e::HttpAnswer dispatch(
    const e2e::Suite& suite,
    const std::string& unique_id,
    const std::string& kind,
    const std::string& raw
) {
    return e2e::http(
        "POST",
        suite.url("integration-cache") + "/dispatch/call-event",
        dispatch_body(unique_id, kind, raw)
    );
}

void answer_done(testing::HttpNeighbour& connector) {
    connector.answer(
        "POST",
        "/internal/*",
        testing::NeighbourResponse::json(R"({"result":"done","detail":"","mend":""})")
    );
}

/// `uniqueId event_type` of each step that a connector was asked for.
std::vector<std::string> steps_of(const testing::HttpNeighbour& connector) {
    std::vector<std::string> steps;
    for (const auto& request : connector.requests("POST", "/internal/*")) {
        const auto body = json::parse(request.body, {.max_bytes = 1 << 20, .max_depth = 64});
        REQUIRE(body);
        steps.push_back(
            std::string(*body->root().find("uniqueId")->string()) + " " +
            std::string(*body->root().find("event_type")->string())
        );
    }
    return steps;
}

void wait_for_steps(const testing::HttpNeighbour& connector, std::size_t count) {
    connector.wait_for_requests(count, 40s);
}

}  // namespace

TEST_CASE("a dispatch is answered in the interface's words and done once", "[e2e][dispatch]") {
    testing::HttpNeighbour retailcrm;
    answer_done(retailcrm);
    e2e::Suite suite;
    suite.sql(
        "UPDATE enterprises SET integrations_config = "
        "'{\"smart\":{\"primary\":\"retailcrm\"},\"retailcrm\":{\"enabled\":true,\"base_url\":"
        "\"https://x.retailcrm.ru\",\"api_key\":\"k\"},\"uon\":{\"enabled\":false,\"api_key\":"
        "\"k\"}}'"
    );
    suite.start("integration-cache", {{"RETAILCRM_URL", retailcrm.url()}});

    const auto first = dispatch(suite, "1759310248.0", "dial", raw_dial("1759310248.0"));
    CHECK(first.status == 202);
    const auto accepted = first.json();
    CHECK(accepted.root().find("status")->string() == "accepted");
    CHECK(accepted.root().find("targets")->dump() == R"(["retailcrm"])");
    CHECK(accepted.root().find("skipped")->find("uon")->string() == "disabled");
    CHECK_FALSE(accepted.root().find("duplicate"));
    const auto repeat = dispatch(suite, "1759310248.0", "dial", raw_dial("1759310248.0"));
    CHECK(repeat.status == 200);
    CHECK(repeat.json().root().find("duplicate")->boolean() == true);
    CHECK(repeat.json().root().find("targets")->dump() == R"(["retailcrm"])");

    // A hangup without a dial brings one; an internal call, the seed's own sample, brings nothing.
    CHECK(dispatch(suite, "1759310249.0", "hangup", raw_hangup("1759310249.0")).status == 202);
    CHECK(dispatch(suite, "1759310249.0", "hangup", raw_hangup("1759310249.0")).status == 200);
    const auto internal = dispatch(
        suite,
        "1759230684.16",
        "hangup",
        R"({"Token":"375293332255","CallStatus":"2","Phone":"152","ExternalInitiated":true,)"
        R"("Trunk":"","Extensions":["150"],"UniqueId":"1759230684.16","StartTime":"",)"
        R"("DateReceived":"2025-09-30 11:15:02","EndTime":"2025-09-30 11:15:12","CallType":0})"
    );
    CHECK(internal.status == 202);
    CHECK(internal.json().root().find("targets")->size() == 0);
    CHECK(internal.json().root().find("skipped")->find("retailcrm")->string() == "internal call");
    suite.wait_until_idle();
    auto steps = steps_of(retailcrm);
    std::ranges::sort(steps);
    CHECK(
        steps ==
        std::vector<std::string>{"1759310248.0 dial", "1759310249.0 dial", "1759310249.0 hangup"}
    );
    CHECK(
        suite.sql("SELECT count(*) FROM integration_logs WHERE request LIKE 'POST /internal/%' AND "
                  "status = 'done' AND http_status = 200 AND attempt = 1") == "3"
    );

    const auto url = suite.url("integration-cache") + "/dispatch/call-event";
    const auto unknown =
        e2e::http("POST", url, R"({"token":"0367","uniqueId":"1.1","event_type":"dial","raw":{}})");
    CHECK(unknown.status == 404);
    CHECK(unknown.body == R"({"detail":"Enterprise not found"})");
    CHECK(e2e::http("POST", url, "{").status == 400);
    CHECK(e2e::http("POST", url, R"({"token":"375293332255"})").status == 422);
    CHECK(dispatch(suite, "1.2", "start", "{}").status == 422);
}

TEST_CASE(
    "a CRM whose connector is away or fails gets everything later, and the others at once",
    "[e2e][dispatch]"
) {
    testing::HttpNeighbour retailcrm;
    testing::HttpNeighbour uon;
    answer_done(retailcrm);
    answer_done(uon);
    uon.refuse();
    e2e::Suite suite;
    suite.sql(
        "UPDATE enterprises SET integrations_config = "
        "'{\"retailcrm\":{\"enabled\":true},\"uon\":{\"enabled\":true}}'"
    );
    suite.start(
        "integration-cache",
        {{"RETAILCRM_URL", retailcrm.url()},
         {"UON_URL", uon.url()},
         {"CRM_RETRY_SECONDS", "1"},
         {"CRM_STEP_SECONDS", "2"}}
    );
    for (int call = 0; call < 4; ++call) {
        const auto id = "1759310250." + std::to_string(call);
        const auto answer = dispatch(suite, id, "dial", raw_dial(id));
        CHECK(answer.json().root().find("targets")->dump() == R"(["retailcrm","uon"])");
        CHECK(dispatch(suite, id, "hangup", raw_hangup(id)).status == 202);
    }
    wait_for_steps(retailcrm, 8);
    testing::wait_until(
        [&] {
            return suite.sql(
                       "SELECT count(*) > 0 FROM integration_logs WHERE integration = 'uon' AND "
                       "status = 'retry' AND http_status IS NULL AND response <> ''"
                   ) == "t";
        },
        20s,
        "the failed attempts are written down"
    );
    CHECK(steps_of(uon).empty());
    // It comes back, and at first has its own troubles.
    uon.fail_next(testing::Fault::answer_status(500), 2);
    uon.fail_next(testing::Fault::never_answer(), 1);
    uon.fail_next(testing::Fault::reset(), 1);
    uon.fail_next(testing::Fault::lose_answer(), 1);
    uon.accept();
    suite.wait_until_idle();
    CHECK(suite.sql("SELECT count(*) FROM dead_letters") == "0");
    const auto steps = steps_of(uon);
    for (int call = 0; call < 4; ++call) {
        const auto id = "1759310250." + std::to_string(call);
        const auto dial = std::ranges::find(steps, id + " dial");
        const auto hangup = std::ranges::find(steps, id + " hangup");
        REQUIRE(dial != steps.end());
        REQUIRE(hangup != steps.end());
        CHECK(dial < hangup);
    }
    CHECK(retailcrm.requests("POST", "/internal/*").size() == 8);
}

TEST_CASE(
    "what a CRM refuses for good is a dead letter with its mend, and replayed", "[e2e][dispatch]"
) {
    testing::HttpNeighbour retailcrm;
    retailcrm.answer(
        "POST",
        "/internal/*",
        testing::NeighbourResponse::json(
            R"({"result":"permanent","detail":"wrong key","mend":"set api_key"})"
        )
    );
    e2e::Suite suite;
    suite.start("integration-cache", {{"RETAILCRM_URL", retailcrm.url()}});
    suite.start("ingest");
    CHECK(dispatch(suite, "1759310251.0", "hangup", raw_hangup("1759310251.0")).status == 202);
    suite.wait_until_idle();
    const auto listed =
        e2e::http("GET", suite.url("ingest") + "/dead-letters?queue=crm&enterprise=0367").json();
    REQUIRE(listed.root().find("items")->size() == 2);
    const auto letter = (*listed.root().find("items"))[0];
    CHECK_THAT(letter.dump(), ContainsSubstring("wrong key"));
    CHECK_THAT(letter.dump(), ContainsSubstring("set api_key"));
    answer_done(retailcrm);
    for (const auto item : listed.root().find("items")->elements()) {
        const auto id = std::string(item.find("id")->scalar_text().value());
        const auto replayed =
            e2e::http("POST", suite.url("ingest") + "/dead-letters/" + id + "/replay");
        CHECK(replayed.status / 100 == 2);
    }
    suite.wait_until_idle();
    const auto again = trunkctl(suite, "--json dead-letters list --enterprise 0367");
    CHECK(again.status == 0);
    CHECK(
        suite.sql("SELECT count(*) FROM dead_letters WHERE queue = 'crm' AND replayed_at IS NOT "
                  "NULL") == "2"
    );
    CHECK(
        suite.sql("SELECT count(*) FROM integration_logs WHERE status = 'done' AND request LIKE "
                  "'POST /internal/%'") == "2"
    );
}

TEST_CASE("an enterprise's CRMs are set, shown and switched by trunkctl", "[e2e][dispatch]") {
    e2e::Suite suite;
    suite.start("integration-cache");
    const auto set = trunkctl(
        suite,
        "enterprise set-integration 0367 bitrix24 domain=x.bitrix24.by client_id=- client_secret=-",
        "the-id\\nthe-secret\\n"
    );
    INFO(set.output);
    REQUIRE(set.status == 0);
    CHECK(
        suite.sql("SELECT integrations_config->'bitrix24'->>'client_secret' LIKE 'enc:v1:%' FROM "
                  "enterprises") == "t"
    );
    const auto shown = trunkctl(suite, "--json enterprise integrations june");
    CHECK(shown.status == 0);
    CHECK_THAT(shown.output, ContainsSubstring(R"("client_secret":"***")"));
    CHECK_THAT(shown.output, ContainsSubstring(R"("primary":"retailcrm")"));
    CHECK(shown.output.find("the-secret") == std::string::npos);
    CHECK(shown.output.find("enc:v1:") == std::string::npos);
    CHECK_THAT(
        trunkctl(suite, "enterprise integrations 375293332255").output,
        ContainsSubstring("retailcrm")
    );
    const auto url = suite.url("integration-cache") + "/integrations/june";
    testing::wait_until(
        [&] {
            return e2e::http("GET", url).body ==
                   R"({"integrations":{"retailcrm":true,"ms":false,"uon":false,"bitrix24":true,"own":false}})";
        },
        2s,
        "8020 knows the new CRM"
    );
    CHECK(trunkctl(suite, "enterprise set-primary 0367 bitrix24").status == 0);
    CHECK(trunkctl(suite, "enterprise disable-integration 0367 bitrix24").status == 0);
    testing::wait_until(
        [&] { return e2e::http("GET", url).body.find("\"bitrix24\":false") != std::string::npos; },
        2s,
        "8020 knows that it is off"
    );
    const auto config = e2e::http("GET", suite.url("integration-cache") + "/config/0367").json();
    CHECK(config.root().find("config")->find("retailcrm")->find("api_key")->string() == "***");
    CHECK(config.root().find("config")->find("smart")->find("primary")->string() == "bitrix24");

    const auto wrong = trunkctl(suite, "enterprise set-integration 0367 uon key=1");
    CHECK(wrong.status == 2);
    CHECK_THAT(wrong.output, ContainsSubstring("key: is no member of uon"));
    CHECK(trunkctl(suite, "enterprise set-integration 0999 uon api_key=1").status == 1);
    CHECK(trunkctl(suite, "enterprise set-primary 0367 amo").status == 2);
    CHECK(trunkctl(suite, "enterprise set-integration").status == 2);
    CHECK(trunkctl(suite, "enterprise set-integration 0367 uon api_key=-").status == 2);
    CHECK(trunkctl(suite, "enterprise remove-integration 0367 bitrix24").status == 0);
    CHECK(suite.sql("SELECT integrations_config ? 'bitrix24' FROM enterprises") == "f");
}

TEST_CASE("managers and lines come from CSV, wholly or not at all", "[e2e][dispatch]") {
    e2e::Suite suite;
    suite.start("integration-cache");
    const auto imported = trunkctl(
        suite,
        "--json manager import june -",
        "\\xEF\\xBB\\xBFДобавочный;ФИО;Кратко\\r\\n151;\"Сидоров; Пётр\";Пётр\\r\\n160;Мороз "
        "Ян;\\r\\n"
    );
    INFO(imported.output);
    CHECK(imported.status == 0);
    CHECK_THAT(imported.output, ContainsSubstring(R"("status":"ok","read":2,"changed":2)"));
    const auto manager = suite.url("integration-cache") + "/metadata/0367/manager/";
    testing::wait_until(
        [&] {
            return e2e::http("GET", manager + "151").body ==
                   R"({"extension":"151","full_name":"Сидоров; Пётр","short_name":"Пётр"})";
        },
        2s,
        "8020 knows the new name"
    );
    const auto bad = trunkctl(
        suite, "--json manager import 0367 -", "extension,full_name\\n170,Anna\\n,Nobody\\n171\\n"
    );
    CHECK(bad.status == 1);
    CHECK_THAT(bad.output, ContainsSubstring("line 3: extension is empty"));
    CHECK_THAT(bad.output, ContainsSubstring(R"({"line":4,)"));
    CHECK(suite.sql("SELECT count(*) FROM managers WHERE extension = '170'") == "0");
    CHECK(
        trunkctl(
            suite,
            "manager import 0367 - --skip-bad --replace",
            "extension,full_name\\n170,Anna\\n,Nobody\\n"
        )
            .status == 0
    );
    CHECK(suite.sql("SELECT string_agg(extension, ',') FROM managers") == "170");
    const auto russian =
        trunkctl(suite, "line import 0367 -", "line;name\\n1;\\xCE\\xF4\\xE8\\xF1\\n");
    CHECK(russian.status == 1);
    CHECK_THAT(russian.output, ContainsSubstring("looks like Windows-1251"));
    CHECK(
        trunkctl(
            suite, "line import 0367 -", "Номер,Линия,Название\\n+375173880001,0001364,Сервис\\n"
        )
            .status == 0
    );
    CHECK_THAT(
        trunkctl(suite, "--json line list 0367").output,
        ContainsSubstring(
            R"({"line_id":"0001364","name":"Сервис","operator":"","number":"+375173880001"})"
        )
    );
    CHECK(
        trunkctl(suite, "manager add 0367 --extension 152 --full-name 'Новик Ольга'").status == 0
    );
    CHECK(trunkctl(suite, "manager remove 0367 --extension 152").status == 0);
    CHECK(trunkctl(suite, "manager remove 0367 --extension 152").status == 1);
    CHECK(trunkctl(suite, "line remove 0367 --line 0001364").status == 0);
    CHECK(trunkctl(suite, "manager import 0367 no-such-file.csv").status == 1);
    CHECK(trunkctl(suite, "manager import").status == 2);
}
