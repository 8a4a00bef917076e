#include <string>

#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

TEST_CASE("several workers take in one call as one does", "[e2e]") {
    e2e::Suite suite;
    for (const auto* service : {"sandbox", "retailcrm", "integration-cache", "telegram-notifier"}) {
        suite.start(service);
    }
    suite.start("ingest", {{"INGEST_WORKERS", "3"}});
    // Each is a connection of its own, so the kernel deals them out among the workers.
    for (const auto& event : e2e::inbound_answered("1768467600.80")) {
        const auto first = suite.send(event.name, event.body);
        const auto second = suite.send(event.name, event.body);
        CHECK(first.root().find("duplicate")->boolean() == false);
        CHECK(second.root().find("duplicate")->boolean() == true);
    }
    suite.wait_until_idle();
    CHECK(suite.messages() == 1);
    CHECK_THAT(suite.history().back(), ContainsSubstring("✅ Завершен"));
    CHECK(suite.sql("SELECT count(*) FROM calls") == "1");
    CHECK(suite.sql("SELECT count(*) FROM call_events") == "10");
    for (int i = 0; i < 12; ++i) {
        CHECK(e2e::http("GET", suite.url("ingest") + "/ready").status == 200);
        CHECK(
            e2e::http("GET", suite.url("ingest") + "/calls").json().root().find("items")->size() ==
            1
        );
    }
    CHECK(suite.stop("ingest") == 0);
}

TEST_CASE("a worker's journal is not left behind when there are fewer of them", "[e2e]") {
    e2e::Suite suite;
    const e2e::Suite::Environment away{
        {"DATABASE_URL", "postgresql://127.0.0.1:1/nowhere"}, {"INGEST_WORKERS", "2"}
    };
    suite.start("ingest", away);
    for (int i = 0; i < 40; ++i) {
        suite.send(
            "dial",
            R"({"Token":"375293332255","UniqueId":"1768467600.)" + std::to_string(1000 + i) + "\"}"
        );
    }
    CHECK(suite.stop("ingest") == 0);
    auto fewer = suite.command("ingest", {{"INGEST_WORKERS", "1"}});
    const auto refused = testing::run_command(fewer);
    CHECK(refused.status == 1);
    CHECK_THAT(refused.output, ContainsSubstring("INGEST_WORKERS=2"));

    suite.start("ingest", {{"INGEST_WORKERS", "2"}});
    testing::wait_until(
        [&] { return suite.sql("SELECT count(*) FROM call_events") == "40"; },
        std::chrono::seconds(30),
        "both journals are replayed"
    );
    CHECK(suite.stop("ingest") == 0);
    suite.start("ingest", {{"INGEST_WORKERS", "1"}});
}

TEST_CASE("a taken port is told too when several workers would share it", "[e2e]") {
    e2e::Suite suite;
    suite.start("ingest", {{"INGEST_WORKERS", "2"}});
    const auto port = suite.url("ingest").substr(suite.url("ingest").rfind(':') + 1);
    auto second = suite.command(
        "ingest", {{"INGEST_WORKERS", "2"}, {"JOURNAL_DIR", (suite.logs() / "journal").string()}}
    );
    const auto refused = testing::run_command(second);
    CHECK(refused.status == 1);
    CHECK_THAT(refused.output, ContainsSubstring(port) && ContainsSubstring("taken"));
    CHECK(e2e::http("GET", suite.url("ingest") + "/ready").status == 200);
}
