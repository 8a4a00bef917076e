// What a call may cost between the services (SPEC section 10): each request is a wait in somebody's
// call, and the original made 43 of them.
#include <map>
#include <sstream>

#include "connectors.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

/// Requests that the services have answered one another.
long inside_requests(const e2e::Suite& suite, const std::string& connector) {
    long total = 0;
    for (const auto& service :
         {connector, std::string("integration-cache"), std::string("telegram-notifier")}) {
        std::istringstream lines(e2e::http("GET", suite.url(service) + "/metrics").body);
        for (std::string line; std::getline(lines, line);) {
            const bool counts = line.starts_with("http_requests_total") &&
                                (line.find("/dispatch/") != std::string::npos ||
                                 line.find("/internal/") != std::string::npos ||
                                 line.find("/customer-name/") != std::string::npos);
            total += counts ? std::stol(line.substr(line.rfind(' ') + 1)) : 0;
        }
    }
    return total;
}

/// As in life: the chat shows what each event led to before the next one comes.
void play(const e2e::Suite& suite, const std::vector<e2e::Event>& events, std::size_t message) {
    const std::vector<std::pair<std::string, std::string>> shown{
        {"start", "📞 Звонок"},
        {"dial", "📞 Дозвон"},
        {"bridge", "🔗 Разговор"},
        {"hangup", "✅ Завершен"},
    };
    for (const auto& event : events) {
        suite.send(event.name, event.body);
        for (const auto& [name, text] : shown) {
            if (event.name == name) {
                suite.wait_for_text(text, message);
            }
        }
    }
}

void let_have(const e2e::Suite& suite, const e2e::Crm& crm) {
    auto section = e2e::plain_section(crm.members(suite.url("sandbox"), "0367"));
    suite.sql(
        "UPDATE enterprises SET integrations_config = jsonb_build_object('smart', "
        "jsonb_build_object('primary', '" +
        crm.key + "'), '" + crm.key + "', '" + section + "'::jsonb) WHERE number = '0367'"
    );
}

/// What one whole inbound answered call with its name warm costs.
long cost_of_a_call(const e2e::Suite& suite, const e2e::Crm& crm) {
    play(suite, e2e::inbound_answered("1768467600.40"), 0);
    suite.wait_until_idle();
    const auto before = inside_requests(suite, crm.service);
    REQUIRE(before > 0);
    play(suite, e2e::inbound_answered("1768467700.41"), 1);
    suite.wait_until_idle();
    return inside_requests(suite, crm.service) - before;
}

}  // namespace

TEST_CASE("one whole call costs few requests between the services, whatever the CRM", "[e2e]") {
    // Those that take `bridge` are told of more.
    const std::map<std::string, long> most{
        {"retailcrm", 8}, {"uon", 8}, {"moysklad", 10}, {"bitrix24", 10}
    };
    std::size_t counted = 0;
    for (const auto& [service, requests] : most) {
        e2e::Suite suite;
        for (const auto& crm : e2e::connectors(suite)) {
            if (crm.service != service) {
                continue;
            }
            INFO(service);
            suite.start("sandbox");
            let_have(suite, crm);
            suite.start(crm.service, crm.settings);
            for (const auto* other : {"integration-cache", "telegram-notifier", "ingest"}) {
                suite.start(other);
            }
            const auto used = cost_of_a_call(suite, crm);
            CHECK(used >= 3);
            CHECK(used <= requests);
            // What was counted reached the CRM.
            CHECK(
                suite.sql("SELECT coalesce(string_agg(reason, ' '), '') FROM dead_letters") == ""
            );
            CHECK(suite.sql("SELECT count(*) FROM integration_logs WHERE status = 'done'") != "0");
            ++counted;
        }
    }
    CHECK(counted == most.size());
}
