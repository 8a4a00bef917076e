#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "played_exchange.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/process.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

constexpr auto patience = 20s;

void add_exchange(const e2e::Suite& suite, std::uint16_t port, const std::string& id = "minsk") {
    suite.sql(
        "INSERT INTO pbx_servers (id, enterprise_number, host, port, username, secret, "
        "reconnect_delay) VALUES ('" +
        id + "', '0367', '127.0.0.1', " + std::to_string(port) + ", 'trunkline', 'pbx-secret', 1)"
    );
}

void wait_for_login(const e2e::PlayedExchange& exchange, unsigned logins = 1) {
    testing::wait_until(
        [&] { return exchange.logins() >= logins; }, patience, "the gateway logs in"
    );
}

void follow(e2e::Suite& suite, const e2e::PlayedExchange& exchange) {
    suite.start("ingest");
    add_exchange(suite, exchange.port());
    suite.start("pbx-gateway");
    wait_for_login(exchange);
}

/// Everything up to the first event of that name, itself included; the rest stays.
std::vector<e2e::Frame> take_until(std::vector<e2e::Frame>& frames, const std::string& event) {
    const auto found = std::ranges::find_if(frames, [&](const auto& frame) {
        return e2e::value_of(frame, "Event") == event;
    });
    REQUIRE(found != frames.end());
    std::vector<e2e::Frame> out(frames.begin(), found + 1);
    frames.erase(frames.begin(), found + 1);
    return out;
}

void wait_for_sql(const e2e::Suite& suite, const std::string& sql, const std::string& wanted) {
    std::string got;
    try {
        testing::wait_until(
            [&] {
                got = suite.sql(sql);
                return got == wanted;
            },
            patience,
            sql
        );
    } catch (const std::runtime_error&) {
        CHECK(got == wanted);
        throw;
    }
}

constexpr auto calls_sql =
    "SELECT phone, extension, call_type, call_status FROM calls ORDER BY date_received, uuid";

}  // namespace

TEST_CASE("pbx-gateway is ready without an exchange and with a dead one", "[e2e][pbx-gateway]") {
    e2e::Suite suite;
    suite.start("pbx-gateway");
    add_exchange(suite, testing::free_port());
    wait_for_sql(
        suite,
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())",
        "1"
    );
    CHECK(e2e::http("GET", suite.url("pbx-gateway") + "/ready").status == 200);
    CHECK(suite.stop("pbx-gateway") == 0);
}

TEST_CASE("a call on an exchange becomes a row, a message and a record", "[e2e][pbx-gateway]") {
    e2e::Suite suite;
    e2e::PlayedExchange exchange;
    suite.start_all();
    add_exchange(suite, exchange.port());
    suite.start("pbx-gateway");
    wait_for_login(exchange);
    exchange.happen(e2e::capture("01-inbound-answered"));
    wait_for_sql(suite, calls_sql, "375296254070|1001|0|2");
    suite.wait_until_idle();
    suite.wait_for_text("✅ Завершен: +375 (29) 625-40-70");
    CHECK(suite.messages() == 1);
    CHECK_THAT(suite.retailcrm().root().dump(), Contains("375296254070") && Contains("hangup"));
    CHECK(suite.sql("SELECT DISTINCT pbx, data_source FROM call_events") == "minsk|live");
    CHECK(suite.sql("SELECT sum(missing), sum(restarts) FROM event_ledger") == "0|0");
    CHECK_THAT(
        e2e::http("GET", suite.url("pbx-gateway") + "/metrics").body,
        Contains(
            "pbx_calls_ended_total{direction=\"in\",enterprise=\"0367\",outcome=\"completed\",pbx="
            "\"minsk\"} 1"
        )
    );
}

TEST_CASE("a call that ends while the gateway is dead is closed once", "[e2e][pbx-gateway]") {
    e2e::Suite suite;
    e2e::PlayedExchange exchange;
    follow(suite, exchange);
    auto ends = e2e::capture("01-inbound-answered");
    auto goes_on = e2e::another_call(ends, 7, "375291110007");
    exchange.happen(take_until(ends, "BridgeEnter"));
    exchange.happen(take_until(ends, "BridgeEnter"));
    exchange.happen(take_until(goes_on, "BridgeEnter"));
    exchange.happen(take_until(goes_on, "BridgeEnter"));
    wait_for_sql(suite, "SELECT count(*) FROM call_events WHERE event_type = 'bridge'", "4");
    suite.kill("pbx-gateway");
    exchange.happen(ends);
    suite.start("pbx-gateway");
    wait_for_login(exchange, 2);
    wait_for_sql(suite, calls_sql, "375296254070|1001|0|2");
    exchange.happen(goes_on);
    wait_for_sql(suite, "SELECT count(*) FROM calls", "2");
    CHECK(
        suite.sql("SELECT phone, extension, call_status FROM calls ORDER BY phone") ==
        "375291110007|1001|2\n375296254070|1001|2"
    );
    CHECK(suite.sql("SELECT count(*) FROM call_events WHERE event_type = 'start'") == "2");
    CHECK(
        suite.sql("SELECT count(*) FROM call_events WHERE event_type = 'hangup' AND data_source = "
                  "'recovery'") == "1"
    );
    CHECK(suite.sql("SELECT sum(missing), sum(restarts) FROM event_ledger") == "0|0");
    CHECK(
        suite.sql("SELECT count(*) FROM live_calls WHERE state->'call'->>'phase' <> 'done'") == "0"
    );
}

TEST_CASE(
    "a call is over when the caller's leg is, whatever else is still up", "[e2e][pbx-gateway]"
) {
    e2e::Suite suite;
    e2e::PlayedExchange exchange;
    follow(suite, exchange);
    auto frames = e2e::capture("07-queue-answered");
    exchange.happen(take_until(frames, "BridgeEnter"));
    exchange.happen(take_until(frames, "BridgeEnter"));
    wait_for_sql(suite, "SELECT count(*) FROM call_events WHERE event_type = 'bridge'", "2");
    suite.kill("pbx-gateway");
    exchange.happen(take_until(frames, "Hangup"));
    REQUIRE(exchange.channels() == 1);
    suite.start("pbx-gateway");
    wait_for_login(exchange, 2);
    wait_for_sql(suite, calls_sql, "375296254070|1001|0|2");
    exchange.happen(frames);
    wait_for_sql(
        suite, "SELECT count(*) FROM live_calls WHERE state->'call'->>'phase' <> 'done'", "0"
    );
    CHECK(suite.sql("SELECT count(*) FROM call_events WHERE event_type = 'hangup'") == "1");
}

TEST_CASE("what ingest could not take waits and comes in order", "[e2e][pbx-gateway]") {
    e2e::Suite suite;
    e2e::PlayedExchange exchange;
    add_exchange(suite, exchange.port());
    suite.start("pbx-gateway");
    wait_for_login(exchange);
    exchange.happen(e2e::capture("01-inbound-answered"));
    exchange.happen(e2e::another_call(e2e::capture("02-inbound-not-answered"), 9, "375291110009"));
    testing::wait_until(
        [&] {
            return e2e::http("GET", suite.url("pbx-gateway") + "/metrics")
                       .body.find("outcome=\"missed\",pbx=\"minsk\"} 1") != std::string::npos;
        },
        patience,
        "both calls are in the spool"
    );
    suite.kill("pbx-gateway");
    suite.start("pbx-gateway");
    suite.start("ingest");
    wait_for_sql(
        suite,
        "SELECT phone, extension, call_status FROM calls ORDER BY phone",
        "375291110009|1001|0\n375296254070|1001|2"
    );
    CHECK(suite.sql("SELECT sum(missing), sum(restarts) FROM event_ledger") == "0|0");
}

TEST_CASE(
    "of two gateways one follows an exchange, and the other takes over", "[e2e][pbx-gateway]"
) {
    e2e::Suite suite;
    e2e::PlayedExchange exchange;
    follow(suite, exchange);
    auto frames = e2e::capture("01-inbound-answered");
    exchange.happen(take_until(frames, "BridgeEnter"));
    exchange.happen(take_until(frames, "BridgeEnter"));
    wait_for_sql(suite, "SELECT open_calls->'calls' <> '{}' FROM pbx_followed", "t");

    const auto port = std::to_string(testing::free_port());
    auto other = suite.command(
        "pbx-gateway",
        {{"PBX_GATEWAY_PORT", port}, {"PBX_SPOOL_DIR", (suite.logs() / "other").string()}}
    );
    testing::ChildProcess second(other);
    testing::wait_until(
        [&] { return e2e::http("GET", "http://127.0.0.1:" + port + "/ready").status == 200; },
        patience,
        "the second gateway is ready"
    );
    CHECK(exchange.logins() == 1);
    suite.kill("pbx-gateway");
    exchange.happen(frames);
    wait_for_login(exchange, 2);
    wait_for_sql(suite, calls_sql, "375296254070|1001|0|2");
    CHECK(suite.sql("SELECT sum(missing) FROM event_ledger") == "0");
}

TEST_CASE("a recording is linked to its call when its file is whole", "[e2e][pbx-gateway]") {
    e2e::Suite suite;
    e2e::PlayedExchange exchange;
    const testing::TempFolder recordings;
    suite.start(
        "ingest",
        {{"RECORDINGS_PATH", recordings.path().string()}, {"PUBLIC_URL", suite.url("ingest")}}
    );
    add_exchange(suite, exchange.port());
    suite.start("pbx-gateway", {{"RECORDINGS_PATH", recordings.path().string()}});
    wait_for_login(exchange);
    exchange.happen(e2e::capture("13-mixmonitor"));
    wait_for_sql(suite, calls_sql, "375296254070|1001|0|2");
    CHECK(suite.sql("SELECT count(*) FROM recordings WHERE location <> ''") == "0");
    const auto folder = recordings.path() / "0367";
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "in-1795235374.67.wav") << "RIFF and so on";
    wait_for_sql(
        suite,
        "SELECT location LIKE '%in-1795235374.67.wav' FROM recordings WHERE location <> ''",
        "t"
    );
}

TEST_CASE("a queue's calls are counted with what its agents did", "[e2e][pbx-gateway]") {
    e2e::Suite suite;
    e2e::PlayedExchange exchange;
    follow(suite, exchange);
    // 1001 is rung in vain, 1002 answers after 8 s and talks for 4 s.
    exchange.happen(e2e::capture("07b-queue-second-agent"));
    wait_for_sql(suite, "SELECT count(*) FROM calls WHERE call_status = 2", "1");
    const auto metrics = e2e::http("GET", suite.url("pbx-gateway") + "/metrics").body;
    const std::string of = "{enterprise=\"0367\",pbx=\"minsk\"} ";
    for (const auto* figure :
         {"pbx_queue_waits_total@1",
          "pbx_queue_wait_seconds_total@8",
          "pbx_queue_talks_total@1",
          "pbx_queue_talk_seconds_total@4",
          "pbx_queue_not_answered_total@1",
          "pbx_queue_abandoned_total@0",
          "pbx_user_events_total@1"}) {
        std::string line = figure;
        line.replace(line.find('@'), 1, of);
        CHECK_THAT(metrics, Contains(line + "\n"));
    }
}

TEST_CASE("a row that changes is followed anew, one switched off no more", "[e2e][pbx-gateway]") {
    e2e::Suite suite;
    e2e::PlayedExchange first;
    e2e::PlayedExchange second;
    suite.start("pbx-gateway");
    add_exchange(suite, first.port());
    wait_for_login(first);
    suite.sql("UPDATE pbx_servers SET port = " + std::to_string(second.port()));
    wait_for_login(second);
    suite.sql("UPDATE pbx_servers SET enabled = false");
    testing::wait_until(
        [&] {
            const auto text = e2e::http("GET", suite.url("pbx-gateway") + "/metrics").body;
            return text.find("pbx_connected{enterprise=\"0367\",pbx=\"minsk\"} 0") !=
                   std::string::npos;
        },
        patience,
        "the exchange is let go"
    );
    CHECK(first.logins() == 1);
}

TEST_CASE("what ingest refuses for ever is kept and holds up nobody", "[e2e][pbx-gateway]") {
    e2e::Suite suite;
    e2e::PlayedExchange exchange;
    suite.start("ingest", {{"PBX_ALLOWED_NETWORKS", "192.0.2.0/24"}});
    add_exchange(suite, exchange.port());
    suite.start("pbx-gateway");
    wait_for_login(exchange);
    exchange.happen(e2e::capture("02-inbound-not-answered"));
    const auto refused = suite.logs() / "pbx_refused.log";
    testing::wait_until(
        [&] {
            std::ifstream file(refused);
            const std::string text((std::istreambuf_iterator<char>(file)), {});
            return text.find(" 403 hangup ") != std::string::npos;
        },
        patience,
        "the hangup is kept as refused"
    );
    suite.stop("ingest");
    suite.start("ingest");
    exchange.happen(e2e::another_call(e2e::capture("02-inbound-not-answered"), 3, "375291110003"));
    wait_for_sql(suite, calls_sql, "375291110003|1001|0|0");
}
