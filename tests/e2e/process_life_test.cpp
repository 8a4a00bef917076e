#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> services{
    "sandbox", "retailcrm", "integration-cache", "telegram-notifier", "ingest"
};

std::string port_setting(const std::string& service) {
    if (service == "sandbox") return "SANDBOX_PORT";
    if (service == "retailcrm") return "RETAILCRM_PORT";
    if (service == "integration-cache") return "INTEGRATION_CACHE_PORT";
    if (service == "telegram-notifier") return "TELEGRAM_NOTIFIER_PORT";
    return "INGEST_PORT";
}

std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

TEST_CASE("a wrong setting is told in one line and the service does not start", "[e2e]") {
    e2e::Suite suite;
    for (const auto& service : services) {
        const auto outcome = testing::run_command(suite.command(service, {{"LOG_LEVEL", "loud"}}));
        INFO(service << ": " << outcome.output);
        CHECK(outcome.status != 0);
        CHECK(lines_of(outcome.output) == 1);
        CHECK_THAT(outcome.output, ContainsSubstring("LOG_LEVEL") && ContainsSubstring("loud"));
    }
}

TEST_CASE("a taken port is told in one line with its number", "[e2e]") {
    e2e::Suite suite;
    suite.start("sandbox");
    const auto taken = suite.url("sandbox").substr(suite.url("sandbox").rfind(':') + 1);
    for (const auto& service : services) {
        const auto outcome =
            testing::run_command(suite.command(service, {{port_setting(service), taken}}));
        INFO(service << ": " << outcome.output);
        CHECK(outcome.status == 1);
        CHECK(lines_of(outcome.output) == 1);
        CHECK_THAT(outcome.output, ContainsSubstring(taken) && ContainsSubstring("taken"));
    }
}

TEST_CASE("without its database a service lives, says why it is not ready, and recovers", "[e2e]") {
    e2e::Suite suite;
    testing::PrivatePostgres server;
    const auto url = server.url();
    server.stop();
    for (const auto* service : {"retailcrm", "integration-cache", "telegram-notifier", "ingest"}) {
        // Ingest has its journal to go on with.
        const bool goes_on = std::string(service) == "ingest";
        suite.launch(service, {{"DATABASE_URL", url}});
        testing::wait_until(
            [&] {
                const auto answer = e2e::http("GET", suite.url(service) + "/ready");
                return answer.status == (goes_on ? 200 : 503) &&
                       answer.body.find("\"reason\"") != std::string::npos;
            },
            20s,
            std::string(service) + " says what is wrong"
        );
        CHECK(e2e::http("GET", suite.url(service) + "/health").status == 200);
    }
    const auto ready = e2e::http("GET", suite.url("ingest") + "/ready").json();
    CHECK(ready.root().find("status")->string() == "degraded");
    const auto kept = e2e::http(
        "POST",
        suite.url("ingest") + "/start",
        R"({"Token":"375293332255","UniqueId":"1.1","Phone":"375296254070"})"
    );
    CHECK(kept.status == 200);
    CHECK_THAT(kept.body, ContainsSubstring(R"("duplicate":false)"));
    server.start();
    for (const auto* service : {"retailcrm", "integration-cache", "telegram-notifier", "ingest"}) {
        testing::wait_until(
            [&] { return e2e::http("GET", suite.url(service) + "/ready").status == 200; },
            20s,
            std::string(service) + " recovers"
        );
    }
}

TEST_CASE("SIGTERM ends every service with code 0", "[e2e]") {
    e2e::Suite suite;
    suite.start_all();
    for (const auto& service : services) {
        INFO(service);
        CHECK(suite.stop(service) == 0);
    }
}

TEST_CASE("every service shows version, metrics, API description and docs", "[e2e]") {
    e2e::Suite suite;
    suite.start_all();
    for (const auto& service : services) {
        INFO(service);
        const auto version = e2e::http("GET", suite.url(service) + "/version").json();
        CHECK(version.root().find("service")->string() == service);
        const auto metrics = e2e::http("GET", suite.url(service) + "/metrics");
        CHECK_THAT(metrics.body, ContainsSubstring("http_requests_total"));
        const auto openapi = e2e::http("GET", suite.url(service) + "/openapi.json").json();
        REQUIRE(openapi.root().find("openapi"));
        CHECK(openapi.root().find("openapi")->string() == "3.1.0");
        const auto docs = e2e::http("GET", suite.url(service) + "/docs");
        CHECK(docs.status == 200);
        CHECK_THAT(docs.body, ContainsSubstring("openapi.json"));
    }
}

TEST_CASE("--help and --check-config answer without starting", "[e2e]") {
    e2e::Suite suite;
    for (const auto& service : services) {
        auto help = suite.command(service);
        help.argv.emplace_back("--help");
        const auto helped = testing::run_command(help);
        CHECK(helped.status == 0);
        CHECK_THAT(
            helped.output,
            ContainsSubstring(port_setting(service)) && ContainsSubstring("DATABASE_URL")
        );
        auto check = suite.command(service);
        check.argv.emplace_back("--check-config");
        CHECK(testing::run_command(check).status == 0);
    }
}

TEST_CASE("bad events are refused in words and kept", "[e2e]") {
    e2e::Suite suite;
    suite.start("ingest");
    const auto post = [&](const std::string& body) {
        return e2e::http("POST", suite.url("ingest") + "/dial", body);
    };
    const auto malformed = post(R"({"Token":"375293332255",)");
    CHECK(malformed.status == 400);
    CHECK_THAT(malformed.body, ContainsSubstring("line 1"));
    const auto unknown = post(R"({"Token":"999","UniqueId":"1.1"})");
    CHECK(unknown.status == 404);
    const auto missing = post(R"({"Token":"375293332255"})");
    CHECK(missing.status == 422);
    CHECK_THAT(missing.body, ContainsSubstring("/UniqueId"));
    const auto wrong = post(R"({"Token":"375293332255","UniqueId":"1.1","Phone":{"a":1}})");
    CHECK(wrong.status == 422);
    CHECK_THAT(wrong.body, ContainsSubstring("/Phone"));
    CHECK(post(std::string(70'000, ' ')).status == 413);
    CHECK(
        suite.sql("SELECT string_agg(status::text, ',' ORDER BY id) FROM rejected_events") ==
        "400,404,422,422"
    );
    CHECK(suite.sql("SELECT count(*) FROM call_events") == "0");
}
