// Whole calls through ingest, the gateway and the U-ON connector: what the cabinets received is
// contracts/uon.md section 4, each record once whatever fails.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "../../libs/call/tests/rows.hpp"
#include "base/clock.hpp"
#include "json/writer.hpp"
#include "testing/catch.hpp"
#include "uon_office.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
namespace scenario = call::scenario;

namespace {

using List = std::vector<std::string>;

struct Row {
    std::string name;
    scenario::Events events;
    List expected;  ///< `LINK` stands for the link of the call's recording.
};

const std::string pop_up = "text=Входящий звонок: <b>+375 (29) 000-00-01</b>";

std::string told(const std::string& manager) {
    return "notification/create manager_id=" + manager + " " + pop_up;
}

std::string recorded(int direction, int duration, const std::string& manager, bool has_link) {
    return fmt::format(
        "call_history/create direction={} duration={}{} phone=375290000001{} start=2025-10-01 "
        "15:00:00",
        direction,
        duration,
        manager.empty() ? "" : " manager_id=" + manager,
        has_link ? " record_link=LINK" : ""
    );
}

std::vector<Row> rows() {
    auto hidden = scenario::row_3_missed();
    for (auto& event : hidden) {
        event.phone = "Anonymous";
        event.caller_id_num = event.caller_id_num.empty() ? "" : "Anonymous";
    }
    return {
        {"answered", scenario::row_1_inbound(), {told("12"), recorded(2, 12, "12", true)}},
        {"a group, 152 answers",
         scenario::row_2_group(),
         {told("12"), told("13"), recorded(2, 20, "13", true)}},
        {"missed", scenario::row_3_missed(), {told("12"), told("13"), recorded(2, 0, "12", false)}},
        {"outbound, answered", scenario::row_4_outbound(), {recorded(1, 30, "12", true)}},
        {"outbound, not answered",
         scenario::row_5_outbound_not_answered(),
         {recorded(1, 0, "12", false)}},
        {"internal", scenario::row_6_internal(), {}},
        {"internal, missed", scenario::row_7_internal_missed(), {}},
        {"attended transfer", scenario::row_8_attended(), {told("12"), recorded(2, 69, "13", true)}
        },
        {"blind transfer", scenario::row_9_blind(), {told("12"), recorded(2, 42, "13", true)}},
        {"hidden number", hidden, {}},
        // The gateway makes the dial itself.
        {"a hangup alone",
         {scenario::hangup(20, "20.1", 0, "0", scenario::E, {"151"})},
         {told("12"), recorded(2, 0, "12", false)}},
    };
}

std::string number_of(std::size_t row) { return std::to_string(9000 + row); }
std::string token_of(std::size_t row) { return std::to_string(375'440'000'000 + row); }

/// The event as an exchange posts it.
std::string body_of(const call::Event& event, const std::string& token) {
    json::Writer writer;
    writer.begin_object().member("Token", token).member("UniqueId", event.unique_id);
    const auto text = [&](const char* name, const std::string& value) {
        if (!value.empty()) {
            writer.member(name, value);
        }
    };
    text("Phone", event.phone);
    text("Trunk", event.trunk);
    text("BridgeUniqueid", event.bridge_id);
    text("Channel", event.channel);
    text("CallerIDNum", event.caller_id_num);
    text("ConnectedLineNum", event.connected_line_num);
    text("Exten", event.exten);
    text("StartTime", event.start_time);
    text("DateReceived", event.date_received);
    text("EndTime", event.end_time);
    if (event.call_type) {
        writer.member("CallType", static_cast<int>(*event.call_type));
    }
    if (event.call_status) {
        writer.member("CallStatus", std::to_string(static_cast<int>(*event.call_status)));
    }
    if (event.type == call::EventType::dial || event.type == call::EventType::hangup) {
        writer.member("Extensions", event.extensions);
    }
    return writer.end_object().take();
}

void post(const e2e::Suite& suite, const call::Event& event, const std::string& token) {
    testing::Command curl;
    curl.argv = {
        "curl",
        "-sS",
        "-H",
        "X-Event-Time: " + base::format_iso8601(event.at),
        "--data-binary",
        body_of(event, token),
        suite.url("ingest") + "/" + std::string(call::to_string(event.type))
    };
    const auto outcome = testing::run_command(curl);
    INFO(outcome.output);
    REQUIRE(outcome.output.find(R"("status":"ok")") != std::string::npos);
}

void order_fault(const e2e::Suite& suite, const std::string& fault) {
    suite.fault(R"({"api":"uon","match":"call_history/create",)" + fault + "}");
}

}  // namespace

TEST_CASE("each kind of call gives U-ON the requests of the contract's mapping", "[e2e][uon]") {
    const auto all = rows();
    e2e::UonOffice office;
    const auto& suite = office.suite();
    for (std::size_t row = 0; row < all.size(); ++row) {
        office.add_enterprise(number_of(row), token_of(row));
    }
    office.start({{"PUBLIC_URL", "https://calls.example"}});
    office.suite().start("ingest", {{"PUBLIC_URL", "https://calls.example"}});
    for (std::size_t row = 0; row < all.size(); ++row) {
        for (const auto& event : all[row].events) {
            post(suite, event, token_of(row));
        }
    }
    testing::wait_until(
        [&] {
            for (std::size_t row = 0; row < all.size(); ++row) {
                if (office.posts(number_of(row)).size() < all[row].expected.size()) {
                    return false;
                }
            }
            return true;
        },
        60s,
        "every cabinet has what it should have"
    );
    suite.wait_until_idle();
    for (std::size_t row = 0; row < all.size(); ++row) {
        INFO(all[row].name);
        const auto uuid = suite.sql(
            "SELECT uuid FROM calls WHERE enterprise_number = '" + number_of(row) +
            "' AND call_type < 2 LIMIT 1"
        );
        auto expected = all[row].expected;
        for (auto& line : expected) {
            if (const auto at = line.find("LINK"); at != std::string::npos) {
                line.replace(at, 4, "https://calls.example/recordings/" + uuid);
            }
        }
        CHECK(office.posts(number_of(row)) == expected);
    }
    CHECK(office.violations() == 0);
}

TEST_CASE(
    "a known client is named in the pop-up, and his manager gets the missed call", "[e2e][uon]"
) {
    e2e::UonOffice office;
    office.start();
    const auto dispatch = [&](const std::string& kind, const std::string& more) {
        const auto answer = e2e::http(
            "POST",
            office.suite().url("integration-cache") + "/dispatch/call-event",
            R"({"token":"375293332255","uniqueId":"1.1","event_type":")" + kind +
                R"(","raw":{"Phone":"+375296254070","CallType":0,"Trunk":"0001363",)" + more + "}}"
        );
        REQUIRE(answer.status == 202);
    };
    dispatch("dial", R"("Extensions":["151","150","151"])");
    dispatch(
        "hangup",
        R"("Extensions":[""],"CallStatus":"0","StartTime":"2026-01-15 12:00:00","DateReceived":"2026-01-15 12:00:00","EndTime":"2026-01-15 12:00:20")"
    );
    office.wait_until_delivered();
    const std::string text =
        "text=Входящий звонок: <b>+375 (29) 625-40-70</b><br>Петров Иван Сергеевич<br>Линия: Отдел "
        "продаж";
    CHECK(
        office.posts("0367") ==
        List{
            "notification/create manager_id=12 " + text,
            "notification/create manager_id=11 " + text,
            "call_history/create direction=2 duration=0 manager_id=11 phone=375296254070 "
            "start=2026-01-15 12:00:00"
        }
    );
}

TEST_CASE("a record is made once, whatever becomes of its request", "[e2e][uon]") {
    e2e::UonOffice office;
    office.start();
    const std::pair<std::string, std::string> faults[] = {
        {"375290000101", R"("kind":"status","status":500)"},
        {"375290000102",
         R"("kind":"status","status":503,"body":"<html>maintenance</html>","done":true)"},
        {"375290000103", R"("kind":"status","status":429,"times":2)"},
        {"375290000104", R"("kind":"lose","delay_ms":11000)"},
        {"375290000105", R"("kind":"never","delay_ms":11000)"},
        {"375290000106", R"("kind":"reset")"},
        {"375290000107", R"("kind":"reset","done":true)"},
        {"375290000108", R"("kind":"garbage")"},
        {"375290000109", R"("kind":"garbage","done":true)"},
        {"375290000110", R"("kind":"status","status":500,"done":true)"},
    };
    for (const auto& [phone, fault] : faults) {
        INFO(fault);
        order_fault(office.suite(), fault);
        office.dispatch("2." + phone, "hangup", phone);
        office.wait_until_delivered();
        CHECK(office.calls_of("0367", phone) == 1);
    }
    CHECK(office.violations() == 0);
    CHECK(
        office.suite().sql("SELECT count(*) FROM crm_effects WHERE crm = 'uon' AND state <> 'done'"
        ) == "0"
    );
    const auto metrics = e2e::http("GET", office.suite().url("uon") + "/metrics").body;
    CHECK_THAT(metrics, ContainsSubstring("\nuon_possible_doubles_total 0"));
}

TEST_CASE("two calls that look the same in U-ON are two rows, a lost answer or not", "[e2e][uon]") {
    e2e::UonOffice office;
    office.start();
    order_fault(office.suite(), R"("kind":"reset","done":true,"times":2)");
    for (const auto* unique_id : {"3.1", "3.2", "3.3"}) {
        office.dispatch(unique_id, "hangup", "375290000201");
    }
    office.wait_until_delivered();
    CHECK(office.calls_of("0367", "375290000201") == 3);
}

TEST_CASE("nothing is sent again while U-ON's list cannot be read or understood", "[e2e][uon]") {
    e2e::UonOffice office;
    office.start();
    const auto& suite = office.suite();
    suite.fault(
        R"({"api":"uon","match":"GET call_history","kind":"status","status":503,"times":-1})"
    );
    order_fault(suite, R"("kind":"reset","done":true)");
    office.dispatch("4.1", "hangup", "375290000301");
    testing::wait_until(
        [&] {
            return suite.sql(
                       "SELECT count(*) FROM integration_logs WHERE request LIKE 'POST "
                       "/internal/%' "
                       "AND event_type = 'hangup' AND status = 'retry'"
                   ) >= "3";
        },
        40s,
        "the step was tried some times"
    );
    CHECK(office.calls_of("0367", "375290000301") == 1);
    CHECK(std::ranges::count_if(office.posts("0367"), [](const std::string& line) {
              return line.starts_with("call_history");
          }) == 1);
    e2e::http("DELETE", suite.url("sandbox") + "/sandbox/faults");
    office.wait_until_delivered();
    CHECK(office.calls_of("0367", "375290000301") == 1);
}

TEST_CASE("a connector that is killed behind its request makes no second row", "[e2e][uon]") {
    e2e::UonOffice office;
    office.start();
    auto& suite = office.suite();
    order_fault(suite, R"("kind":"slow","delay_ms":8000)");
    office.dispatch("5.1", "hangup", "375290000401");
    testing::wait_until(
        [&] { return office.calls_of("0367", "375290000401") == 1; }, 20s, "U-ON has the row"
    );
    suite.kill("uon");
    office.start_connector();
    office.wait_until_delivered();
    CHECK(office.calls_of("0367", "375290000401") == 1);
    CHECK(suite.sql("SELECT state FROM crm_effects WHERE effect_key = '5.1:record'") == "done");
}

TEST_CASE("a row waits for its recording's link, and keeps nobody else waiting", "[e2e][uon]") {
    e2e::UonOffice office;
    office.start({{"PUBLIC_URL", "https://calls.example"}, {"UON_RECORD_WAIT_SECONDS", "60"}});
    auto& suite = office.suite();
    const std::string uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    const auto dispatch = [&](const std::string& id,
                              const std::string& unique_id,
                              const std::string& phone,
                              const std::string& link) {
        const auto answer = e2e::http(
            "POST",
            suite.url("integration-cache") + "/dispatch/call-event",
            fmt::format(
                R"({{"token":"375293332255","uniqueId":"{1}","event_type":"hangup","raw":{{}},"event_id":"{0}",)"
                R"("call":{{"uuid":"{0}","direction":"in","phone":"{2}","line":"","rang":["151"],"talkers":["151"],)"
                R"("started_at":"2026-01-15T09:00:00Z","answered_at":"2026-01-15T09:00:05Z",)"
                R"("ended_at":"2026-01-15T09:00:41Z","talk_s":36,"wait_s":5,"answered":true,"record_url":{3},)"
                R"("corrected":false,"unique_id":"{1}"}}}})",
                id,
                unique_id,
                phone,
                link
            )
        );
        INFO(answer.body);
        REQUIRE(answer.status == 202);
    };
    suite.sql(
        "INSERT INTO calls (enterprise_number, uuid, unique_id, call_type, call_status, "
        "date_received, date_end) VALUES ('0367', '" +
        uuid + "', '6.1', 0, 2, now(), now())"
    );
    dispatch(uuid, "6.1", "375290000501", "null");
    testing::wait_until(
        [&] {
            return suite.sql(
                       "SELECT count(*) FROM integration_logs WHERE status = 'retry' AND "
                       "response LIKE '%link is not known yet%'"
                   ) != "0";
        },
        20s,
        "the row waits"
    );
    dispatch(
        "01890a5d-ac96-774b-bcce-b302099a8058",
        "6.2",
        "375290000502",
        "\"https://calls.example/recordings/2\""
    );
    testing::wait_until(
        [&] { return office.calls_of("0367", "375290000502") == 1; }, 4s, "the other call is there"
    );
    CHECK(office.calls_of("0367", "375290000501") == 0);
    suite.sql("UPDATE calls SET record_url = 'https://calls.example/recordings/1'");
    office.wait_until_delivered();
    const auto posts = office.posts("0367");
    CHECK_THAT(
        posts.back(),
        ContainsSubstring("duration=36 manager_id=12 phone=375290000501 "
                          "record_link=https://calls.example/recordings/1 start=2026-01-15 12:00:00"
        )
    );

    suite.kill("uon");
    office.start_connector(
        {{"PUBLIC_URL", "https://calls.example"}, {"UON_RECORD_WAIT_SECONDS", "1"}}
    );
    dispatch("01890a5d-ac96-774b-bcce-b302099a8059", "6.3", "375290000503", "null");
    office.wait_until_delivered();
    CHECK(office.calls_of("0367", "375290000503") == 1);
    CHECK(office.posts("0367").back().find("record_link") == std::string::npos);
}

TEST_CASE(
    "a wrong key is a dead letter with its mend, and no secret is written anywhere", "[e2e][uon]"
) {
    e2e::UonOffice office;
    office.start();
    auto& suite = office.suite();
    const std::string wrong_key = "wronguonkey4711";
    office.dispatch("7.1", "dial", "375296254070");
    office.dispatch("7.1", "hangup", "375296254070");
    office.wait_until_delivered();
    CHECK(
        e2e::http("GET", suite.url("uon") + "/internal/uon/customer/0367/+375296254070").body ==
        R"({"found":true,"name":"Петров Иван Сергеевич","id":"5012","company":null,)"
        R"("responsible":{"extension":"150","id":"11","name":"Ковалёва Анна"}})"
    );
    CHECK(
        e2e::http("GET", suite.url("uon") + "/internal/uon/customer/0367/375000000000").body ==
        R"({"found":false,"name":null,"id":null,"company":null,"responsible":null})"
    );
    const auto test = suite.url("uon") + "/internal/uon/test-connection/0367";
    CHECK_THAT(
        e2e::http("POST", test, "{}").body,
        ContainsSubstring("U-ON has 3 managers, 3 of them with an extension")
    );

    suite.sql(
        "UPDATE enterprises SET integrations_config = jsonb_set(integrations_config, "
        "'{uon,api_key}', '\"" +
        wrong_key + "\"') WHERE number = '0367'"
    );
    testing::wait_until(
        [&] {
            return e2e::http("POST", test, "{}").body.find("API key is wrong") != std::string::npos;
        },
        10s,
        "the connector knows the new key"
    );
    office.dispatch("7.2", "hangup", "375290000601");
    testing::wait_until(
        [&] {
            return suite.sql(
                       "SELECT count(*) FROM dead_letters WHERE queue = 'crm' AND kind = 'hangup'"
                   ) == "1";
        },
        20s,
        "the record is a dead letter"
    );
    CHECK_THAT(
        suite.sql("SELECT string_agg(d::text, ' ') FROM dead_letters d"),
        ContainsSubstring("API key is wrong") && ContainsSubstring("check api_key")
    );

    const auto written =
        office.logged() + suite.sql("SELECT string_agg(l::text, ' ') FROM integration_logs l") +
        suite.sql("SELECT string_agg(d::text, ' ') FROM dead_letters d") +
        e2e::http("GET", suite.url("uon") + "/metrics").body +
        e2e::http("GET", suite.url("sandbox") + "/sandbox/requests").body +
        e2e::http("GET", suite.url("sandbox") + "/metrics").body + suite.output_of("uon");
    CHECK_THAT(written, ContainsSubstring("POST call_history/create.json"));
    CHECK(written.find("sandboxuonkey") == std::string::npos);
    CHECK(written.find(wrong_key) == std::string::npos);
}
