// A CRM that cannot correct a record gets a call when it is really over.
#include <algorithm>
#include <chrono>

#include "../../libs/call/tests/rows.hpp"
#include "base/clock.hpp"
#include "exchange.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
namespace scenario = call::scenario;

namespace {

constexpr auto demo_token = "375293332255";

/// Posts the events whose times lie in [from, to), of a call that began at `began`.
void play(
    const e2e::Suite& suite, const scenario::Events& events, base::WallTime began, int from, int to
) {
    for (const auto& event : events) {
        if (event.at >= scenario::at(from) && event.at < scenario::at(to)) {
            const auto since = event.at - scenario::at(0);
            e2e::post(suite, event, demo_token, base::format_iso8601(began + since));
        }
    }
}

std::vector<json::Document> uploads(const e2e::Suite& suite) {
    std::vector<json::Document> out;
    const auto account = suite.retailcrm();
    for (const auto& [name, one] : account.root().find("accounts")->members()) {
        for (const auto call : one.find("calls")->elements()) {
            out.push_back(*json::parse(call.dump()));
        }
    }
    return out;
}

void wait_for_upload(const e2e::Suite& suite) {
    testing::wait_until(
        [&] { return !uploads(suite).empty(); }, 40s, "RetailCRM has a record of the call"
    );
}

}  // namespace

TEST_CASE("a blind transfer of an outbound call ends with one record of all of it", "[e2e]") {
    e2e::Suite suite;
    suite.start("sandbox");
    suite.start("retailcrm");
    suite.start("telegram-notifier");
    const e2e::Suite::Environment hold{{"CRM_UPLOAD_HOLD_SECONDS", "4"}};
    suite.start("integration-cache", hold);
    suite.start("ingest", {{"CALL_LEAVE_SETTLE_MS", "500"}});
    const auto events = scenario::row_10_blind();
    const auto began = base::system_clock().now() - 1min;
    // The first hangup, and the conversation with 152 right behind it.
    play(suite, events, began, 0, 40);
    const auto held = [&] {
        return suite.sql(
                   "SELECT count(*) > 0 FROM outbox WHERE queue = 'crm' AND kind = 'hangup' AND "
                   "last_error LIKE 'held: the call goes on%'"
               ) == "t";
    };
    testing::wait_until(held, 20s, "the record waits for the call");
    CHECK(uploads(suite).empty());
    suite.kill("integration-cache");
    suite.start("integration-cache", hold);
    const auto looks = suite.sql("SELECT max(waits) FROM outbox WHERE queue = 'crm'");
    testing::wait_until(
        [&] {
            return suite.sql("SELECT max(waits) > " + looks + " FROM outbox WHERE queue = 'crm'") ==
                   "t";
        },
        30s,
        "it is looked at again after the kill"
    );
    CHECK(uploads(suite).empty());

    play(suite, events, began, 40, 60);
    wait_for_upload(suite);
    suite.wait_until_idle();
    const auto all = uploads(suite);
    REQUIRE(all.size() == 1);
    INFO(all[0].root().dump());
    CHECK(all[0].root().find("code")->string() == "152");
    CHECK(all[0].root().find("duration")->integer() == 42);
    CHECK(all[0].root().find("result")->string() == "answered");
    CHECK(
        suite.sql("SELECT count(*) || ' ' || max(attempt) FROM integration_logs WHERE event_type = "
                  "'hangup' AND request LIKE 'POST /internal/%'") == "1 1"
    );
}

TEST_CASE("only the end of an answered outbound call is held", "[e2e]") {
    e2e::Suite suite;
    suite.start("sandbox");
    suite.start("retailcrm");
    suite.start("integration-cache", {{"CRM_UPLOAD_HOLD_SECONDS", "600"}});
    suite.start("ingest", {{"CALL_LEAVE_SETTLE_MS", "500"}});
    const auto now = base::system_clock().now();
    play(suite, scenario::row_4_outbound(), now - 10min, 0, 100);
    play(suite, scenario::row_1_inbound(), now - 1min, 0, 100);
    wait_for_upload(suite);
    const auto all = uploads(suite);
    REQUIRE(all.size() == 1);
    CHECK(all[0].root().find("type")->string() == "in");
    CHECK(
        suite.sql("SELECT count(*) FROM outbox WHERE queue = 'crm' AND kind = 'hangup' AND "
                  "last_error LIKE 'held: the call may go on%'") == "1"
    );
}
