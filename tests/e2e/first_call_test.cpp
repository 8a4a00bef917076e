#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

/// Sends a call event by event, each after the chat shows what the one before led to, as in life.
void play(const e2e::Suite& suite, const std::vector<e2e::Event>& events, std::size_t message = 0) {
    bool talking = false;
    for (const auto& event : events) {
        const auto answer = suite.send(event.name, event.body);
        CHECK(answer.root().find("duplicate")->boolean() == false);
        if (event.name == "start") {
            suite.wait_for_text("📞 Звонок", message);
        } else if (event.name == "dial") {
            suite.wait_for_text("📞 Дозвон", message);
        } else if (event.name == "bridge" && !talking) {
            talking = true;
            suite.wait_for_text("🔗 Разговор", message);
        } else if (event.name == "hangup") {
            suite.wait_for_text("✅ Завершен", message);
        }
    }
}

const std::vector<std::string> expected_history{
    "📞 Звонок от +375 (29) 625-40-70 (Петров Иван) → Отдел продаж",
    "📞 Дозвон от +375 (29) 625-40-70 (Петров Иван) → Сидоров Пётр (151)",
    "🔗 Разговор: +375 (29) 625-40-70 (Петров Иван) ↔ Сидоров Пётр (151)",
};

}  // namespace

TEST_CASE(
    "an inbound answered call is one message in the chat, one record in the CRM and one row",
    "[e2e]"
) {
    e2e::Suite suite;
    suite.start_all();
    play(suite, e2e::inbound_answered("1768467600.16"));
    suite.wait_until_idle();

    CHECK(suite.messages() == 1);
    const auto history = suite.history();
    REQUIRE(history.size() == 4);
    CHECK(std::vector<std::string>(history.begin(), history.begin() + 3) == expected_history);
    CHECK_THAT(
        history[3],
        ContainsSubstring("✅ Завершен: +375 (29) 625-40-70 (Петров Иван) ↔ Сидоров Пётр (151), 00:"
        )
    );

    const auto crm = suite.retailcrm();
    const auto account = *crm.root().find("accounts")->find("0367");
    const auto events = *account.find("events");
    REQUIRE(events.size() == 2);
    CHECK(
        events[0].dump() ==
        R"({"type":"in","phone":"+375296254070","codes":["151"],"callExternalId":"1768467600.16","externalPhone":"+375173880000"})"
    );
    CHECK(
        events[1].dump() ==
        R"({"type":"hangup","phone":"+375296254070","codes":["151"],"hangupStatus":"answered","callExternalId":"1768467600.16","externalPhone":"+375173880000"})"
    );
    const auto calls = *account.find("calls");
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].find("result")->string() == "answered");
    CHECK(calls[0].find("code")->string() == "151");
    CHECK(calls[0].find("date")->string() == "2026-01-15 12:00:00");
    CHECK(calls[0].find("externalId")->string() == "1768467600.16");

    CHECK(
        suite.sql("SELECT enterprise_number, unique_id, phone, extension, call_type, call_status, "
                  "line FROM calls") == "0367|1768467600.16|375296254070|151|0|2|0001363"
    );
    CHECK(suite.sql("SELECT count(*) FROM call_events") == "10");
    CHECK(
        suite.sql("SELECT count(*) FROM call_events WHERE event_type = 'hangup' AND telegram_sent"
        ) == "1"
    );
    CHECK(
        suite.sql(
            "SELECT inbound_answered, inbound_missed FROM customers WHERE phone = '375296254070'"
        ) == "1|0"
    );
    CHECK(suite.sql("SELECT count(*) FROM dead_letters") == "0");
    CHECK(
        suite.sql("SELECT string_agg(status, ',' ORDER BY id) FROM integration_logs WHERE "
                  "integration = 'retailcrm' "
                  "AND request LIKE 'POST /api/%'") == "done,done,done"
    );
    CHECK(
        suite.sql("SELECT string_agg(event_type || ' ' || status || ' ' || http_status || ' ' || "
                  "attempt, ', ' ORDER BY id) FROM integration_logs WHERE request LIKE 'POST "
                  "/internal/retailcrm/call-event {%'") == "dial done 200 1, hangup done 200 1"
    );
    // A key that CRMs gave us shows nowhere.
    CHECK(
        suite.sql("SELECT count(*) FROM integration_logs WHERE request || response LIKE "
                  "'%sandbox-retailcrm-key%'") == "0"
    );
}

TEST_CASE("every event sent twice changes nothing but the answer", "[e2e]") {
    e2e::Suite suite;
    suite.start_all();
    for (const auto& event : e2e::inbound_answered("1768467600.17")) {
        const auto first = suite.send(event.name, event.body);
        const auto second = suite.send(event.name, event.body);
        CHECK(first.root().find("duplicate")->boolean() == false);
        CHECK(second.root().find("duplicate")->boolean() == true);
        CHECK(first.root().find("event_id")->string() == second.root().find("event_id")->string());
    }
    suite.wait_until_idle();
    CHECK(suite.messages() == 1);
    CHECK_THAT(suite.history().back(), ContainsSubstring("✅ Завершен"));
    const auto crm = suite.retailcrm();
    const auto account = *crm.root().find("accounts")->find("0367");
    CHECK(account.find("events")->size() == 2);
    CHECK(account.find("calls")->size() == 1);
    CHECK(suite.sql("SELECT count(*) FROM call_events") == "10");
    CHECK(suite.sql("SELECT count(*) FROM calls") == "1");
}

TEST_CASE("support's log of the enterprise has the seed's lines", "[e2e]") {
    e2e::Suite suite;
    suite.start_all();
    const auto events = e2e::inbound_answered("1768467600.18");
    suite.send(events[0].name, events[0].body);
    const auto log = suite.logs() / "0367.log";
    const auto grep = [&](const std::string& pipeline) {
        return testing::run_command({.argv = {"bash", "-c", pipeline + " "}, .folder = suite.logs()}
        )
            .output;
    };
    testing::wait_until(
        [&] { return std::filesystem::exists(log); }, std::chrono::seconds(10), "0367.log is there"
    );
    testing::wait_until(
        [&] {
            return grep(R"(grep "🧪 TEST EVENT:" 0367.log | awk '{print $NF}' | sort | uniq -c)")
                       .find("1 start") != std::string::npos;
        },
        std::chrono::seconds(10),
        "the event is logged"
    );
    CHECK_THAT(
        grep("cat 0367.log"), ContainsSubstring("📋 Token: 375293332255, UniqueId: 1768467600.18")
    );
    CHECK_THAT(
        grep("cat 0367.log"), ContainsSubstring("📦 Full Body: {\n  \"Token\": \"375293332255\"")
    );
    // The manual's line for names, and its count of events, which names must not disturb.
    suite.send(events[2].name, events[2].body);
    testing::wait_until(
        [&] {
            const auto found = grep(R"(grep "customer_name\|full_name" 0367.log)");
            return found.find("customer_name: Петров Иван, full_name: Сидоров Пётр (151)") !=
                   std::string::npos;
        },
        std::chrono::seconds(20),
        "the names are logged"
    );
    CHECK(grep(R"(grep -c "🧪 TEST EVENT" 0367.log)") == "2\n");
    CHECK_THAT(grep(R"(grep "375293332255" app.log)"), ContainsSubstring("[INFO] ingest: start"));
}
