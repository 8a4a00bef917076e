// Contract section 9 of contracts/retailcrm.md: which requests each kind of call becomes, and what
// comes of RetailCRM's failures, through ingest, the gateway's queue and the connector.
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <regex>

#include "../../libs/call/tests/rows.hpp"
#include "base/clock.hpp"
#include "exchange.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
namespace scenario = call::scenario;

namespace {

using List = std::vector<std::string>;

const std::string line1_number = "+375173880000";
const std::string line2_number = "+375173880001";
const std::string anybody = "+375290000001";

/// Every link to a recording ends with the call's own uuid.
const std::string recording = "https://calls.example.by/recordings/UUID";

/// The body of an event, written by hand from the contract's section 3.
struct Event {
    std::string type;
    List codes;
    std::string status = {};
    std::string line = line1_number;
};
std::string text(const Event& event, const std::string& id) {
    List codes;
    for (const auto& code : event.codes) {
        codes.push_back("\"" + code + "\"");
    }
    const auto member = [](const char* name, const std::string& value) {
        return value.empty() ? "" : fmt::format(R"(,"{}":"{}")", name, value);
    };
    return fmt::format(
        R"(event {{"type":"{}","phone":"{}","codes":[{}]{},"callExternalId":"{}"{}}})",
        event.type,
        anybody,
        fmt::join(codes, ","),
        member("hangupStatus", event.status),
        id,
        member("externalPhone", event.line)
    );
}

/// The body of an upload, from section 4.
struct Record {
    std::string type;
    std::string code;
    std::string result;
    int talk = 0;
    int wait = 0;
    std::string line = line1_number;
};
std::string text(const Record& record, const std::string& id) {
    return fmt::format(
        R"(calls [{{"date":"2025-10-01 15:00:00","type":"{}","phone":"{}"{},"result":"{}",)"
        R"("duration":{},"durationWaiting":{},"externalId":"{}"{}{}}}])",
        record.type,
        anybody,
        record.code.empty() ? "" : fmt::format(R"(,"code":"{}")", record.code),
        record.result,
        record.talk,
        record.wait,
        id,
        record.result == "answered" ? fmt::format(R"(,"recordUrl":"{}")", recording) : "",
        record.line.empty() ? "" : fmt::format(R"(,"externalPhone":"{}")", record.line)
    );
}

/// A kind of call and what RetailCRM must get of it.
struct Kind {
    std::string name;
    scenario::Events events;
    List expected;
};

scenario::Events busy_outbound(const std::string& cause) {
    auto events = scenario::row_5_outbound_not_answered();
    events.back().hangup_cause = cause;
    return events;
}

Kind unanswered_outbound(
    const std::string& name,
    const std::string& cause,
    const std::string& status,
    const std::string& result
) {
    return {
        name,
        busy_outbound(cause),
        {text(Event{.type = "out", .codes = {"151"}}, "5.1"),
         text(
             Event{.type = "hangup", .codes = {"151"}, .status = status, .line = line2_number},
             "5.1"
         ),
         text(
             Record{
                 .type = "out", .code = "151", .result = result, .wait = 30, .line = line2_number
             },
             "5.1"
         )}
    };
}

std::vector<Kind> kinds() {
    const auto rings = [](List codes, const std::string& id) {
        return text(Event{.type = "in", .codes = std::move(codes)}, id);
    };
    const auto ends = [](List codes, const std::string& status, const std::string& id) {
        return text(Event{.type = "hangup", .codes = std::move(codes), .status = status}, id);
    };
    const auto answered = [](const std::string& code, int talk, int wait, const std::string& id) {
        return text(
            Record{.type = "in", .code = code, .result = "answered", .talk = talk, .wait = wait}, id
        );
    };
    return {
        {"inbound, answered",
         scenario::row_1_inbound(),
         {rings({"151"}, "1.1"), ends({"151"}, "answered", "1.1"), answered("151", 12, 8, "1.1")}},
        {"stepwise ringing: each extension pops up once",
         scenario::row_2_group(),
         {rings({"151"}, "2.1"),
          rings({"152"}, "2.1"),
          rings({"153"}, "2.1"),
          ends({"152"}, "answered", "2.1"),
          answered("152", 20, 18, "2.1")}},
        {"two extensions, missed: no code",
         scenario::row_3_missed(),
         {rings({"151", "152"}, "3.1"),
          ends({"151", "152"}, "no answered", "3.1"),
          text(Record{.type = "in", .code = "", .result = "no answer", .wait = 25}, "3.1")}},
        {"one extension, missed: its code",
         {scenario::start(0, "15.1"),
          scenario::dial(3, "15.1", 0, scenario::E, {"151"}),
          scenario::hangup(25.2, "15.1", 0, "0", scenario::E, {})},
         {rings({"151"}, "15.1"),
          ends({"151"}, "no answered", "15.1"),
          text(Record{.type = "in", .code = "151", .result = "no answer", .wait = 25}, "15.1")}},
        {"outbound, answered",
         scenario::row_4_outbound(),
         {text(Event{.type = "out", .codes = {"151"}}, "4.1"),
          ends({"151"}, "answered", "4.1"),
          text(
              Record{.type = "out", .code = "151", .result = "answered", .talk = 30, .wait = 9},
              "4.1"
          )}},
        unanswered_outbound("outbound, busy", "17", "busy", "busy"),
        unanswered_outbound("outbound, the caller gave up", "127", "cancel", "no answer"),
        unanswered_outbound("outbound, refused by the network", "34", "failed", "failed"),
        unanswered_outbound("outbound, nobody says why", "", "no answered", "no answer"),
        {"an attended transfer: the last one talked",
         scenario::row_8_attended(),
         {rings({"151"}, "8.1"), ends({"152"}, "answered", "8.1"), answered("152", 69, 6, "8.1")}},
        {"a blind transfer, whose last hangup has CallType 2: still inbound",
         scenario::row_9_blind(),
         {rings({"151"}, "9.1"), ends({"152"}, "answered", "9.1"), answered("152", 42, 8, "9.1")}},
        {"an unknown line: no number of ours",
         {scenario::start(0, "16.1", scenario::E, "0009999"),
          scenario::dial(3, "16.1", 0, scenario::E, {"151"}, "0009999"),
          scenario::hangup(25.2, "16.1", 0, "0", scenario::E, {}, 0, "0009999")},
         {text(Event{.type = "in", .codes = {"151"}, .line = ""}, "16.1"),
          text(
              Event{.type = "hangup", .codes = {"151"}, .status = "no answered", .line = ""}, "16.1"
          ),
          text(
              Record{.type = "in", .code = "151", .result = "no answer", .wait = 25, .line = ""},
              "16.1"
          )}},
        {"a hangup alone: the pop-up comes first, made up",
         {scenario::hangup(20.5, "14.1", 0, "2", scenario::E, {"151"})},
         {rings({"151"}, "14.1"), ends({"151"}, "answered", "14.1"), answered("151", 20, 0, "14.1")}
        },
        {"internal: nothing", scenario::row_6_internal(), {}},
        {"a hidden number: nothing",
         {scenario::start(0, "17.1", "Anonymous"),
          scenario::dial(3, "17.1", 0, "Anonymous", {"151"}),
          scenario::hangup(25.2, "17.1", 0, "0", "Anonymous", {})},
         {}},
    };
}

std::string token(std::size_t enterprise) { return std::to_string(375'440'000'000 + enterprise); }
std::string number(std::size_t enterprise) { return std::to_string(9000 + enterprise); }

/// One enterprise with an account and two lines for each kind.
void add_enterprises(const e2e::Suite& suite, std::size_t count) {
    for (std::size_t each = 0; each < count; ++each) {
        suite.sql(fmt::format(
            "INSERT INTO enterprises (number, name, name2, integrations_config) VALUES ('{0}', "
            "'kind {0}', '{1}', '{{\"retailcrm\":{{\"enabled\":true,\"base_url\":\"{2}/retailcrm/"
            "{0}\",\"api_key\":\"sandbox-retailcrm-key-{0}\"}}}}');"
            "INSERT INTO lines (enterprise_number, line_id, name, number) VALUES ('{0}', "
            "'0001363', 'one', '{3}'), ('{0}', '0001364', 'two', '{4}')",
            number(each),
            token(each),
            suite.url("sandbox"),
            line1_number,
            line2_number
        ));
    }
}

/// What the sandbox was asked to do, by account, as `event {...}` and `calls [...]`.
std::map<std::string, List> requests(const e2e::Suite& suite) {
    static const std::regex uuid("recordings/[0-9a-f-]{36}");
    const auto url = suite.url("sandbox") + "/sandbox/requests?api=retailcrm";
    const auto document = e2e::http("GET", url).json();
    std::map<std::string, List> out;
    for (const auto item : document.root().find("items")->elements()) {
        for (const auto& [name, value] : item.find("parameters")->members()) {
            const auto sent = std::string(name) + " " + std::string(value.string().value_or(""));
            out[std::string(*item.find("account")->string())].push_back(
                std::regex_replace(sent, uuid, "recordings/UUID")
            );
        }
    }
    return out;
}

void start_services(e2e::Suite& suite, const e2e::Suite::Environment& gateway) {
    suite.sql("UPDATE enterprises SET bot_token = ''");  // No chat is looked at here.
    suite.start("sandbox");
    suite.start("retailcrm");
    suite.start("integration-cache", gateway);
    suite.start("ingest", {{"PUBLIC_URL", "https://calls.example.by"}});
}

}  // namespace

TEST_CASE("each kind of call is exactly the requests of the contract", "[e2e][retailcrm]") {
    const auto all = kinds();
    e2e::Suite suite;
    add_enterprises(suite, all.size());
    start_services(suite, {{"CRM_UPLOAD_HOLD_SECONDS", "1"}});
    const auto now = base::system_clock().now();
    for (std::size_t each = 0; each < all.size(); ++each) {
        for (const auto& event : all[each].events) {
            const auto since_end = all[each].events.back().at - event.at;
            e2e::post(suite, event, token(each), base::format_iso8601(now - since_end));
        }
    }
    suite.wait_until_idle();
    for (std::size_t each = 0; each < all.size(); ++each) {
        INFO(all[each].name);
        CHECK(requests(suite)[number(each)] == all[each].expected);
    }
    CHECK(suite.sql("SELECT count(*) FROM dead_letters") == "0");
    CHECK(suite.sql("SELECT count(*) FROM crm_effects WHERE state <> 'done'") == "0");
}

TEST_CASE("what RetailCRM cannot take is ignored with the reason", "[e2e][retailcrm]") {
    e2e::Suite suite;
    suite.start("sandbox");
    suite.start("retailcrm");
    const auto step = [&suite](const std::string& kind, const std::string& direction) {
        const auto answer = e2e::http(
            "POST",
            suite.url("retailcrm") + "/internal/retailcrm/call-event",
            fmt::format(
                R"({{"enterprise_number":"0367","token":"375293332255","uniqueId":"1.1",)"
                R"("event_type":"{}","raw":{{}},"accepted_at":"{}","call":{{"uuid":)"
                R"("01890a5d-ac96-774b-bcce-b302099a8057","unique_id":"1.1","direction":"{}",)"
                R"("phone":"375296254070","line":"","rang":["151"],"talkers":[],"started_at":)"
                R"("2025-10-01T12:00:00Z","answered_at":null,"ended_at":null,"talk_s":0,)"
                R"("wait_s":0,"answered":false,"record_url":"https://x.by/r","corrected":true}}}})",
                kind,
                base::format_iso8601(base::system_clock().now()),
                direction
            )
        );
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        const auto root = answer.json();
        return std::string(*root.root().find("result")->string()) + ": " +
               std::string(*root.root().find("detail")->string());
    };
    CHECK(step("update", "in") == "ignored: RetailCRM cannot change a recorded call");
    CHECK(step("bridge", "in") == "ignored: RetailCRM knows no answered event");
    CHECK(step("dial", "internal") == "ignored: internal call");
    CHECK(requests(suite).empty());
}

TEST_CASE("whatever fails, a call is recorded once", "[e2e][retailcrm]") {
    e2e::Suite suite;
    start_services(suite, {{"CRM_RETRY_SECONDS", "1"}});
    // Of each: how it goes wrong while the record is sent.
    const List faults{
        R"("kind":"status","status":500,"done":true,"times":2)",
        R"("kind":"status","status":503,"body":"<html>busy</html>","times":4)",
        R"("kind":"status","status":429,"retry_after":1,"times":1)",
        R"("kind":"reset","times":1)",
        R"("kind":"reset","done":true,"times":1)",
        R"("kind":"garbage","done":true,"times":1)",
        R"("kind":"lose","delay_ms":11000,"times":1)",
    };
    for (std::size_t each = 0; each < faults.size(); ++each) {
        INFO(faults[each]);
        suite.fault(R"({"api":"retailcrm","match":"calls/upload",)" + faults[each] + "}");
        const auto id = "1768467700." + std::to_string(each);
        for (const auto& event : e2e::inbound_answered(id)) {
            suite.send(event.name, event.body);
        }
        suite.wait_until_idle();
        const auto crm = suite.retailcrm();
        const auto account = *crm.root().find("accounts")->find("0367");
        CHECK(account.find("calls")->size() == each + 1);
        CHECK(account.find("events")->size() == 2 * (each + 1));
    }
    CHECK(suite.sql("SELECT count(*) FROM dead_letters") == "0");
    CHECK(suite.sql("SELECT count(*) FROM crm_effects WHERE state <> 'done'") == "0");
    // A record is known by its id there: sent again it is no double.
    CHECK(suite.sql("SELECT sum(possible_doubles) FROM crm_effects") == "0");
}

TEST_CASE("a pop-up of unknown fate comes twice at most, and is counted then", "[e2e][retailcrm]") {
    e2e::Suite suite;
    start_services(suite, {{"CRM_RETRY_SECONDS", "1"}});
    struct Case {
        std::string fault;
        std::size_t popups;  ///< Of the ringing one, in the CRM.
        int doubted;
    };
    const std::vector<Case> cases{
        {R"("kind":"status","status":503,"body":"<html>busy</html>","times":1)", 1, 0},
        {R"("kind":"status","status":429,"retry_after":1,"times":1)", 1, 0},
        {R"("kind":"status","status":500,"done":true,"times":1)", 2, 1},
        {R"("kind":"status","status":500,"times":1)", 1, 1},
        {R"("kind":"reset","done":true,"times":1)", 2, 1},
        {R"("kind":"garbage","done":true,"times":1)", 2, 1},
        {R"("kind":"lose","delay_ms":11000,"times":1)", 2, 1},
    };
    int doubted = 0;
    std::size_t shown = 0;
    for (std::size_t each = 0; each < cases.size(); ++each) {
        INFO(cases[each].fault);
        suite.fault(R"({"api":"retailcrm","match":"call/event",)" + cases[each].fault + "}");
        const auto id = "1768467800." + std::to_string(each);
        for (const auto& event : e2e::inbound_answered(id)) {
            suite.send(event.name, event.body);
        }
        suite.wait_until_idle();
        const auto crm = suite.retailcrm();
        const auto account = *crm.root().find("accounts")->find("0367");
        shown += cases[each].popups + 1;
        doubted += cases[each].doubted;
        CHECK(account.find("events")->size() == shown);
        CHECK(account.find("calls")->size() == each + 1);
        CHECK_THAT(
            e2e::http("GET", suite.url("retailcrm") + "/metrics").body,
            ContainsSubstring(fmt::format("retailcrm_possible_doubles_total {}\n", doubted))
        );
        CHECK(
            suite.sql("SELECT sum(possible_doubles) FROM crm_effects") == std::to_string(doubted)
        );
    }
    CHECK(suite.sql("SELECT count(*) FROM dead_letters") == "0");
}

TEST_CASE("a burst of requests keeps within what RetailCRM allows", "[e2e][retailcrm]") {
    e2e::Suite suite;
    suite.start("sandbox");
    suite.start("retailcrm");
    const auto strict = e2e::http(
        "POST", suite.url("sandbox") + "/sandbox/retailcrm/limits", R"({"enforce":true})"
    );
    REQUIRE(strict.status == 200);
    testing::Command burst;
    burst.argv = {
        "bash",
        "-c",
        "seq 10 89 | xargs -P 40 -I@ curl -sS -o /dev/null -w '%{http_code}\\n' "
        "\"$0/internal/retailcrm/customer/0367/3752900000@\" | sort | uniq -c | tr -s ' '",
        suite.url("retailcrm")
    };
    const auto outcome = testing::run_command(burst);
    CHECK(outcome.output == " 80 200\n");
    const auto crm = suite.retailcrm();
    const auto limits = *crm.root().find("accounts")->find("0367")->find("limits");
    CHECK(limits.find("telephony_broken")->integer() == 0);
}
