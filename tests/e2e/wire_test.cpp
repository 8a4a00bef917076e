#include <sstream>

#include "proto.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using e2e::require_valid;
using e2e::schema_of;

TEST_CASE("what the services send each other is what proto says", "[e2e]") {
    testing::HttpNeighbour gateway;
    gateway.answer(
        "POST",
        "/dispatch/call-event",
        {.status = 202, .headers = {}, .body = R"({"status":"accepted","targets":[],"skipped":{}})"}
    );
    testing::HttpNeighbour connector;
    connector.answer(
        "POST",
        "/internal/retailcrm/call-event",
        {.status = 200, .headers = {}, .body = R"({"result":"done","detail":""})"}
    );
    e2e::Suite suite;
    suite.start("ingest", {{"INTEGRATION_CACHE_URL", gateway.url()}});
    suite.start("integration-cache", {{"RETAILCRM_URL", connector.url()}});
    const auto events = e2e::inbound_answered("1768467600.30");
    for (const auto& event : events) {
        require_valid(schema_of("events", event.name + ".schema.json"), event.body);
        suite.send(event.name, event.body);
    }

    gateway.wait_for_requests(3, 30s);
    const auto dispatch = schema_of("messages", "dispatch.schema.json");
    for (const auto& request : gateway.requests()) {
        require_valid(dispatch, request.body);
        CHECK(request.header("traceparent").size() == 55);
        // The real gateway takes what ingest sends.
        const auto answer = e2e::http(
            "POST", suite.url("integration-cache") + "/dispatch/call-event", request.body
        );
        CHECK(answer.status == 202);
        require_valid(schema_of("messages", "dispatch-answer.schema.json"), answer.body);
    }

    connector.wait_for_requests(2, 30s);
    const auto step = schema_of("messages", "connector-event.schema.json");
    std::vector<std::string> kinds;
    for (const auto& request : connector.requests()) {
        require_valid(step, request.body);
        kinds.emplace_back(*json::parse(request.body, {.max_bytes = 1 << 20, .max_depth = 64})
                                ->root()
                                .find("event_type")
                                ->string());
    }
    CHECK(kinds == std::vector<std::string>{"dial", "hangup"});

    // The notifier does not run, so its messages wait in the table.
    const auto update = schema_of("messages", "card-update.schema.json");
    std::istringstream rows(
        suite.sql("SELECT payload::text FROM outbox WHERE queue = 'telegram' ORDER BY id")
    );
    std::string row;
    int updates = 0;
    while (std::getline(rows, row)) {
        require_valid(update, row);
        ++updates;
    }
    CHECK(updates >= 4);
}
