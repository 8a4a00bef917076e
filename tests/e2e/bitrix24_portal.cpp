#include "bitrix24_portal.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "base/clock.hpp"
#include "exchange.hpp"
#include "testing/catch.hpp"

namespace trunkline::e2e {
namespace {

using namespace std::chrono_literals;

constexpr auto demo_token = "375293332255";
constexpr auto hook_key = "hook-0367-secret";
const std::string secrets[] = {
    "sandbox-bitrix24-access-",
    "sandbox-bitrix24-refresh-",
    "sandbox-bitrix24-secret-",
    "sandbox-bitrix24-application-",
    "sandbox-bitrix24-client-",
    "sandboxhook0367x9",
    hook_key,
};

std::string read_all(const std::filesystem::path& folder) {
    std::ostringstream out;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            out << std::ifstream(entry.path()).rdbuf();
        }
    }
    return out.str();
}

std::string text_of(json::View object, std::string_view name) {
    const auto member = object.find(name);
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

std::string masked(const std::string& name, const std::string& value) {
    static const std::regex start(R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+03:00)");
    if (name == "CALL_ID") {
        return "ID";
    }
    return name == "CALL_START_DATE" && std::regex_match(value, start) ? "TIME" : value;
}

std::string config(Bitrix24Portal::Access access, const std::string& sandbox) {
    if (access == Bitrix24Portal::Access::webhook) {
        return R"("webhook_url":")" + sandbox + R"(/bitrix24/0367/rest/1/sandboxhook0367x9/")";
    }
    std::string out = R"("domain":")" + sandbox +
                      R"(/bitrix24/0367","client_id":"local.sandbox-bitrix24-client-0367",)"
                      R"("client_secret":"sandbox-bitrix24-secret-0367")";
    if (access == Bitrix24Portal::Access::application) {
        out += R"(,"member_id":"member-0367","access_token":"sandbox-bitrix24-access-0367-1",)"
               R"("refresh_token":"sandbox-bitrix24-refresh-0367-1","expires":"0",)"
               R"("application_token":"sandbox-bitrix24-application-0367")";
    }
    return out;
}

}  // namespace

Bitrix24Portal::Bitrix24Portal(Access access) {
    suite_.sql(
        "UPDATE enterprises SET integrations_config = '{\"smart\":{\"primary\":\"bitrix24\"},"
        "\"bitrix24\":{\"enabled\":true,\"default_user_id\":\"1\"," +
        config(access, suite_.url("sandbox")) +
        "}}', hook_key = 'hook-0367-secret' "
        "WHERE number = '0367'"
    );
}

void Bitrix24Portal::start(const Suite::Environment& more) {
    suite_.start("sandbox");
    Suite::Environment settings{
        {"BITRIX24_OAUTH_URL", suite_.url("sandbox") + "/bitrix24"},
        {"PUBLIC_URL", suite_.url("bitrix24")}
    };
    settings.insert(more.begin(), more.end());
    suite_.start("bitrix24", settings);
    suite_.start("integration-cache", {{"CRM_RETRY_SECONDS", "1"}});
}

call::Call Bitrix24Portal::call(const std::string& unique_id, call::Direction direction) {
    call::Call call;
    // A uuid of the call's own, so that each has its own place in the queue.
    const auto digits =
        "000000000000" + std::to_string(std::hash<std::string>{}(unique_id) % 1'000'000'000);
    call.uuid = "01890a5d-ac96-774b-bcce-" + digits.substr(digits.size() - 12);
    call.direction = direction;
    call.phone = "375296254070";
    call.line = "0001363";
    call.rang = {"151"};
    call.unique_id = unique_id;
    call.unique_ids = {unique_id};
    call.started_at = *base::parse_iso8601("2025-09-30T08:15:02Z");
    call.phase = call::Phase::dialing;
    call.revision = 1;
    return call;
}

void Bitrix24Portal::dispatch(const std::string& kind, const call::Call& call) const {
    const auto answer = http(
        "POST",
        suite_.url("integration-cache") + "/dispatch/call-event",
        R"({"token":")" + std::string(demo_token) + R"(","uniqueId":")" + call.unique_id +
            R"(","event_type":")" + kind + R"(","raw":{},"call":)" + call::to_json(call) + "}"
    );
    INFO(answer.body);
    REQUIRE(answer.status == 202);
}

std::string Bitrix24Portal::another_enterprise() {
    const auto number = std::to_string(9000 + ++enterprises_);
    const auto token = "37544000" + number;
    suite_.sql(
        "INSERT INTO enterprises (number, name, name2, bot_token, integrations_config) SELECT '" +
        number + "', 'e" + number + "', '" + token + "', 'none-" + number +
        "', integrations_config FROM enterprises WHERE number = '0367'; INSERT INTO lines "
        "(enterprise_number, line_id, name, operator, number) SELECT '" +
        number + "', line_id, name, operator, number FROM lines WHERE enterprise_number = '0367'"
    );
    return token;
}

void Bitrix24Portal::play(const std::string& token, const std::vector<call::Event>& events) const {
    const auto now = base::system_clock().now();
    for (const auto& event : events) {
        const auto at = now - (events.back().at - event.at);
        post(suite_, event, token, base::format_iso8601(at));
        settle();
    }
}

void Bitrix24Portal::wait_until_finished(const std::string& external_id) const {
    testing::wait_until(
        [&] {
            const auto all = calls();
            return std::ranges::any_of(all, [&](const std::string& line) {
                return line.starts_with(external_id + ":") && !line.ends_with("open");
            });
        },
        30s,
        external_id + " is finished"
    );
    settle();
}

void Bitrix24Portal::settle() const {
    testing::wait_until(
        [&] {
            return suite_.sql(
                       "SELECT (SELECT count(*) FROM waiting_events) + (SELECT count(*) "
                       "FROM outbox WHERE queue IN ('gateway', 'crm'))"
                   ) == "0";
        },
        60s,
        "everything has come to the CRM"
    );
}

std::vector<std::string> Bitrix24Portal::requests() const {
    const auto document =
        http("GET", suite_.url("sandbox") + "/sandbox/requests?api=bitrix24&after=" + last_seen_)
            .json();
    std::vector<std::string> out;
    for (const auto item : document.root().find("items")->elements()) {
        last_seen_ = text_of(item, "number");
        const auto method = text_of(item, "method");
        if (method == "user.get" || method.starts_with("oauth")) {
            continue;
        }
        auto line = method.substr(method.rfind('.') + 1);
        for (const auto& [name, value] : item.find("parameters")->members()) {
            line += " " + std::string(name) + "=" +
                    masked(std::string(name), std::string(value.scalar_text().value_or("")));
        }
        out.push_back(std::move(line));
    }
    return out;
}

json::Document Bitrix24Portal::state() const {
    const auto document = http("GET", suite_.url("sandbox") + "/sandbox/bitrix24").json();
    const auto portal = document.root().find("portals")->find(name());
    REQUIRE(portal);
    return *json::parse(portal->dump(), {.max_bytes = std::size_t{4} << 20, .max_depth = 32});
}

std::vector<std::string> Bitrix24Portal::calls() const {
    std::vector<std::string> out;
    const auto document = state();
    for (const auto call : document.root().find("calls")->elements()) {
        auto line = text_of(call, "external_call_id") + ":";
        if (const auto finish = call.find("finish")) {
            for (const auto* member : {"duration", "status_code", "user_id"}) {
                line += " " + text_of(*finish, member);
            }
        } else {
            line += " open";
        }
        if (const auto record = call.find("record")) {
            line += ", " + text_of(*record, "filename");
        }
        out.push_back(std::move(line));
    }
    return out;
}

std::string Bitrix24Portal::violations() const {
    const auto document = state();
    return document.root().find("violations")->dump();
}

void Bitrix24Portal::set(const std::string& members) const {
    const auto answer = http(
        "POST",
        suite_.url("sandbox") + "/sandbox/bitrix24/settings",
        R"({"portal":")" + name() + "\"," + members + "}"
    );
    INFO(answer.body);
    REQUIRE(answer.status == 200);
}

void Bitrix24Portal::fault(const std::string& members) const {
    suite_.fault(R"({"api":"bitrix24",)" + members + "}");
}

json::Document Bitrix24Portal::send_event(const std::string& members) const {
    const auto answer = http(
        "POST",
        suite_.url("sandbox") + "/sandbox/bitrix24/events",
        R"({"portal":")" + name() + "\"," + members + "}"
    );
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return answer.json();
}

void Bitrix24Portal::check_no_secret() const {
    const auto connector = suite_.url("bitrix24");
    const auto told =
        read_all(suite_.logs()) +
        suite_.sql("SELECT coalesce(string_agg(l::text, ' '), '') FROM integration_logs l") +
        suite_.sql("SELECT coalesce(string_agg(d::text, ' '), '') FROM dead_letters d") +
        suite_.sql("SELECT coalesce(string_agg(n::text, ' '), '') FROM crm_call_notes n") +
        http("GET", connector + "/metrics").body +
        http("POST", connector + "/internal/bitrix24/test-connection/0367").body +
        http("GET", connector + "/internal/bitrix24/managers/0367").body +
        http("GET", suite_.url("integration-cache") + "/config/0367").body;
    REQUIRE(told.size() > 1000);
    for (const auto& secret : secrets) {
        INFO(secret);
        CHECK(told.find(secret) == std::string::npos);
    }
}

}  // namespace trunkline::e2e
