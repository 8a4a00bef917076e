// What became of a call and of an exchange's events, as support sees it: by curl and by trunkctl.

#include <algorithm>
#include <set>

#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

struct Printed {
    int status = 0;
    std::string output;
};

Printed trunkctl(const e2e::Suite& suite, const std::vector<std::string>& arguments) {
    auto command = suite.command("trunkctl");
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    const auto outcome = testing::run_command(command);
    return {outcome.status, outcome.output};
}

std::set<std::string> codes_of(const json::Document& trace) {
    std::set<std::string> codes;
    for (const auto item : trace.root().find("items")->elements()) {
        codes.insert(std::string(item.find("code")->string().value_or("")));
    }
    return codes;
}

json::Document trace_of(const e2e::Suite& suite, const std::string& uuid) {
    const auto answer = e2e::http("GET", suite.url("ingest") + "/calls/" + uuid + "/trace");
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return answer.json();
}

int post_numbered(const e2e::Suite& suite, const std::string& seq, const std::string& body) {
    testing::Command curl;
    curl.argv = {
        "curl",
        "-sS",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-H",
        "X-PBX-Id: minsk",
        "-H",
        "X-Event-Seq: " + seq,
        "--data-binary",
        body,
        suite.url("ingest") + "/new_callerid"
    };
    return std::stoi(testing::run_command(curl).output);
}

std::string call_of(const std::string& token, const std::string& unique_id) {
    return R"({"Token":")" + token + R"(","UniqueId":")" + unique_id +
           R"(","Phone":"375296254071","CallType":0,"Trunk":"0001363")";
}

}  // namespace

TEST_CASE(
    "the trace of a whole call has its events, its card's history and the CRM's answers", "[e2e]"
) {
    e2e::Suite suite;
    suite.start_all();
    const auto events = e2e::inbound_answered("1768467600.60");
    for (const auto& event : events) {
        suite.send(event.name, event.body);
    }
    suite.wait_until_idle();
    const auto uuid = suite.sql("SELECT uuid FROM calls");
    const auto trace = trace_of(suite, uuid);
    CHECK(trace.root().find("call")->find("unique_id")->string() == "1768467600.60");
    const auto codes = codes_of(trace);
    for (const auto* code :
         {"event_received",
          "call_started",
          "call_talking",
          "call_ended",
          "telegram_sent",
          "dispatch_accepted",
          "crm_done",
          "crm_effect_done"}) {
        INFO(code);
        CHECK(codes.contains(code));
    }
    for (const auto* code : {"crm_nothing_sent", "telegram_nothing_sent", "crm_waiting"}) {
        CHECK_FALSE(codes.contains(code));
    }
    CHECK_THAT(trace.root().dump(), ContainsSubstring("✅ Завершен"));
    CHECK(trace.root().dump().find("sandbox-retailcrm-key") == std::string::npos);
    CHECK(trace.root().dump().find("sandbox-demo-bot-token") == std::string::npos);
    std::size_t received = 0;
    std::string last;
    for (const auto item : trace.root().find("items")->elements()) {
        received += item.find("code")->string() == "event_received" ? 1 : 0;
        const std::string at(*item.find("at")->string());
        CHECK(last <= at);
        last = at;
    }
    CHECK(received == events.size());

    const auto by_unique_id = trunkctl(suite, {"explain", "1768467600.60"});
    CHECK(by_unique_id.status == 0);
    CHECK_THAT(by_unique_id.output, ContainsSubstring("Telegram, чат 100367"));
    CHECK_THAT(by_unique_id.output, ContainsSubstring("retailcrm: hangup"));
    const auto by_uuid = trunkctl(suite, {"--json", "explain", uuid, "--enterprise", "june"});
    CHECK(by_uuid.status == 0);
    CHECK_THAT(by_uuid.output, ContainsSubstring("\"crm_done\""));
    const auto unknown = trunkctl(suite, {"explain", "1.404"});
    CHECK(unknown.status == 1);
    CHECK_THAT(unknown.output, ContainsSubstring("no call and no event has"));
}

TEST_CASE(
    "a live call of an enterprise with neither bot nor CRM says why nothing was sent", "[e2e]"
) {
    e2e::Suite suite;
    suite.start("ingest");
    const auto added =
        trunkctl(suite, {"enterprise", "add", "--number", "0400", "--token", "375290000400"});
    REQUIRE(added.status == 0);
    suite.send("start", call_of("375290000400", "1768467600.61") + "}");
    testing::wait_until(
        [&] { return suite.sql("SELECT count(*) FROM live_calls") == "1"; },
        std::chrono::seconds(20),
        "the call is live"
    );
    const auto trace = trace_of(suite, suite.sql("SELECT uuid FROM live_calls"));
    CHECK(trace.root().find("call")->find("phase")->string() == "ringing_start");
    const auto codes = codes_of(trace);
    CHECK(codes.contains("telegram_no_bot"));
    CHECK(codes.contains("crm_none_enabled"));
    CHECK(codes.contains("call_started"));
    const auto missing =
        e2e::http("GET", suite.url("ingest") + "/calls/01890a5d-ac96-774b-bcce-b302099a8057/trace");
    CHECK(missing.status == 404);
}

TEST_CASE("the ledger has what came, came twice and never came, over a kill", "[e2e]") {
    e2e::Suite suite;
    suite.start("ingest");
    const auto body = [](int i) {
        return R"({"Token":"375293332255","UniqueId":"1.)" + std::to_string(i) +
               R"(","CallerIDNum":"375291"})";
    };
    for (const auto seq : {1, 2, 3, 7}) {
        REQUIRE(post_numbered(suite, std::to_string(seq), body(seq)) == 200);
    }
    REQUIRE(post_numbered(suite, "7", body(7)) == 200);
    suite.kill("ingest");
    suite.start("ingest");
    REQUIRE(post_numbered(suite, "5", body(5)) == 200);
    REQUIRE(post_numbered(suite, "8", body(8)) == 200);
    REQUIRE(post_numbered(suite, "8", body(8)) == 200);
    testing::wait_until(
        [&] {
            return suite.sql(
                       "SELECT sum(received), sum(repeated) >= 1, sum(missing), sum(late) "
                       "FROM event_ledger"
                   ) == "6|t|2|1";
        },
        std::chrono::seconds(20),
        "the books are written"
    );
    const auto page = e2e::http("GET", suite.url("ingest") + "/ledger?enterprise=0367&pbx=minsk");
    REQUIRE(page.status == 200);
    const auto document = page.json();
    REQUIRE(document.root().find("items")->size() >= 1);
    CHECK(document.root().find("gaps")->size() == 2);
    CHECK(e2e::http("GET", suite.url("ingest") + "/ledger?from=yesterday").status == 422);
    CHECK(
        e2e::http("GET", suite.url("ingest") + "/ledger?pbx=other")
            .json()
            .root()
            .find("items")
            ->size() == 0
    );
    const auto table = trunkctl(suite, {"ledger", "--enterprise", "june"});
    CHECK(table.status == 0);
    CHECK_THAT(table.output, ContainsSubstring("пропало"));
    CHECK_THAT(table.output, ContainsSubstring("minsk"));
    CHECK_THAT(
        e2e::http("GET", suite.url("ingest") + "/metrics").body,
        ContainsSubstring("ingest_ledger_late_total{enterprise=\"0367\",pbx=\"minsk\"} 1")
    );
    const auto wrong = trunkctl(suite, {"ledger", "--from", "yesterday"});
    CHECK(wrong.status == 2);
}
