#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

TEST_CASE("a notifier that is killed in the middle of a call edits the same message", "[e2e]") {
    e2e::Suite suite;
    suite.start_all();
    const auto events = e2e::inbound_answered("1768467600.20");
    for (std::size_t i = 0; i < 3; ++i) {
        suite.send(events[i].name, events[i].body);
    }
    suite.wait_for_text("📞 Дозвон");
    suite.kill("telegram-notifier");
    for (std::size_t i = 3; i < events.size(); ++i) {
        suite.send(events[i].name, events[i].body);
    }
    suite.start("telegram-notifier");
    suite.wait_for_text("✅ Завершен");
    suite.wait_until_idle();
    CHECK(suite.messages() == 1);
}

TEST_CASE("services that are killed under a call lose nothing and double nothing", "[e2e]") {
    e2e::Suite suite;
    suite.start_all();
    const auto events = e2e::inbound_answered("1768467600.21");
    const std::vector<std::string> victims{
        "integration-cache", "retailcrm", "ingest", "integration-cache", "ingest"
    };
    for (std::size_t i = 0; i < events.size(); ++i) {
        suite.send(events[i].name, events[i].body);
        if (i % 2 == 0) {
            const auto& victim = victims[i / 2];
            suite.kill(victim);
            suite.start(victim);
        }
    }
    suite.wait_for_text("✅ Завершен");
    suite.wait_until_idle();
    CHECK(suite.messages() == 1);
    CHECK(suite.sql("SELECT count(*) FROM calls") == "1");
    CHECK(suite.sql("SELECT count(*) FROM call_events") == "10");
    const auto crm = suite.retailcrm();
    CHECK(crm.root().find("accounts")->find("0367")->find("calls")->size() == 1);
}

TEST_CASE("a CRM that fails for a while gets its record once", "[e2e]") {
    e2e::Suite suite;
    suite.start_all();
    suite.fault(
        R"({"api":"retailcrm","match":"call/event","kind":"status","status":503,"retry_after":1,"times":1})"
    );
    suite.fault(
        R"({"api":"retailcrm","match":"calls/upload","kind":"status","status":503,"retry_after":1,"times":2})"
    );
    for (const auto& event : e2e::inbound_answered("1768467600.22")) {
        suite.send(event.name, event.body);
    }
    suite.wait_for_text("✅ Завершен");
    suite.wait_until_idle();
    const auto crm = suite.retailcrm();
    const auto account = *crm.root().find("accounts")->find("0367");
    CHECK(account.find("calls")->size() == 1);
    CHECK(account.find("events")->size() == 2);
    CHECK(suite.sql("SELECT count(*) FROM dead_letters") == "0");
}

TEST_CASE(
    "a wrong key ends in dead letters that say what to do, and Telegram does not wait", "[e2e]"
) {
    e2e::Suite suite;
    suite.start_all();
    const auto set = suite.command("trunkctl");
    auto wrong_key = set;
    wrong_key.argv.insert(
        wrong_key.argv.end(),
        {"enterprise", "set-integration", "0367", "retailcrm", "api_key=wrong"}
    );
    REQUIRE(testing::run_command(wrong_key).status == 0);
    CHECK(
        suite.sql(
            "SELECT integrations_config->'retailcrm'->>'api_key' LIKE 'enc:v1:%' FROM enterprises"
        ) == "t"
    );
    for (const auto& event : e2e::inbound_answered("1768467600.23")) {
        suite.send(event.name, event.body);
    }
    suite.wait_for_text("✅ Завершен");
    suite.wait_until_idle();
    CHECK(
        suite.sql("SELECT DISTINCT target FROM dead_letters WHERE reason LIKE '%Wrong "
                  "\"apiKey\"%check api_key%'") == "retailcrm"
    );
}

TEST_CASE("Telegram's failures are outlived and the final state arrives", "[e2e]") {
    e2e::Suite suite;
    suite.start_all();
    suite.fault(
        R"({"api":"telegram","match":"editMessageText","kind":"status","status":429,"retry_after":1,"times":1})"
    );
    suite.fault(
        R"({"api":"telegram","match":"editMessageText","kind":"status","status":500,"times":1})"
    );
    suite.fault(R"({"api":"telegram","match":"editMessageText","kind":"garbage","times":1})");
    for (const auto& event : e2e::inbound_answered("1768467600.24")) {
        suite.send(event.name, event.body);
    }
    suite.wait_for_text("✅ Завершен");
    suite.wait_until_idle();
    CHECK(suite.messages() == 1);
}
