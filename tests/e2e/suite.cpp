#include "suite.hpp"

#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/ids.hpp"
#include "testing/catch.hpp"
#include "testing/paths.hpp"

namespace trunkline::e2e {
namespace {

using namespace std::chrono_literals;

struct Service {
    const char* name;
    const char* port;
    const char* url;
};
constexpr Service services[] = {
    {"sandbox", "SANDBOX_PORT", "SANDBOX_URL"},
    {"retailcrm", "RETAILCRM_PORT", "RETAILCRM_URL"},
    {"uon", "UON_PORT", "UON_URL"},
    {"moysklad", "MOYSKLAD_PORT", "MOYSKLAD_URL"},
    {"bitrix24", "BITRIX24_PORT", "BITRIX24_URL"},
    {"integration-cache", "INTEGRATION_CACHE_PORT", "INTEGRATION_CACHE_URL"},
    {"telegram-notifier", "TELEGRAM_NOTIFIER_PORT", "TELEGRAM_NOTIFIER_URL"},
    {"ingest", "INGEST_PORT", "INGEST_URL"},
    {"call-emulator", "CALL_EMULATOR_PORT", "CALL_EMULATOR_URL"},
    {"pbx-gateway", "PBX_GATEWAY_PORT", "PBX_GATEWAY_URL"},
};

constexpr json::Limits answer_limits{.max_bytes = std::size_t{4} << 20, .max_depth = 64};

}  // namespace

json::Document HttpAnswer::json() const {
    auto document = json::parse(body, answer_limits);
    INFO(body);
    REQUIRE(document);
    return *document;
}

HttpAnswer http(const std::string& method, const std::string& url, const std::string& body) {
    testing::Command command;
    command.argv = {
        "curl", "-sS", "--max-time", "20", "-o", "-", "-w", "\n%{http_code}", "-X", method, url
    };
    if (!body.empty()) {
        command.argv.insert(
            command.argv.end(), {"-H", "Content-Type: application/json", "--data-binary", body}
        );
    }
    const auto outcome = testing::run_command(command);
    const auto newline = outcome.output.rfind('\n');
    if (outcome.status != 0 || newline == std::string::npos) {
        return {0, outcome.output};
    }
    return {std::stoi(outcome.output.substr(newline + 1)), outcome.output.substr(0, newline)};
}

Suite::Suite() {
    for (const auto& service : services) {
        ports_[service.name] = testing::free_port();
    }
    for (const auto* arguments : {"migrate", "load-demo"}) {
        auto trunkctl = command("trunkctl");
        trunkctl.argv.emplace_back(arguments);
        if (std::string(arguments) == "load-demo") {
            trunkctl.argv.insert(trunkctl.argv.end(), {"--sandbox-url", url("sandbox")});
        }
        const auto outcome = testing::run_command(trunkctl);
        INFO(outcome.output);
        REQUIRE(outcome.status == 0);
    }
}

Suite::~Suite() = default;

std::string Suite::url(const std::string& service) const {
    return "http://127.0.0.1:" + std::to_string(ports_.at(service));
}

testing::Command Suite::command(const std::string& service, const Environment& more) const {
    testing::Command command;
    command.argv = {(testing::binary_folder() / service).string()};
    command.inherit_environment = false;
    command.folder = folder_.path();
    command.environment = {
        {"DATABASE_URL", database_.url()},
        {"REDIS_URL", redis_url_},
        {"LOG_DIR", logs().string()},
        {"SECRETS_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
        {"ALLOW_LOOPBACK_UPSTREAMS", "1"},
        {"TELEGRAM_API_URL", url("sandbox")},
        {"UON_API_URL", url("sandbox") + "/uon"},
        {"DRAIN_SECONDS", "5"},
        // A sanitizer's build answers too slowly for the product's 20 ms.
        {"NAME_BUDGET_MS", "2000"},
    };
    for (const auto& each : services) {
        command.environment[each.port] = std::to_string(ports_.at(each.name));
        if (std::string(each.name) != "telegram-notifier") {
            command.environment[each.url] = url(each.name);
        }
    }
    for (const auto& [name, value] : more) {
        command.environment[name] = value;
    }
    return command;
}

void Suite::launch(const std::string& service, const Environment& more) {
    processes_[service] = std::make_unique<testing::ChildProcess>(command(service, more));
}

void Suite::start(const std::string& service, const Environment& more) {
    launch(service, more);
    testing::wait_until(
        [&] {
            if (!processes_[service]->is_running()) {
                throw std::runtime_error(service + " ended: " + processes_[service]->output());
            }
            return http("GET", url(service) + "/ready").status == 200;
        },
        30s,
        service + " is ready"
    );
}

void Suite::start_all() {
    for (const auto* service :
         {"sandbox", "retailcrm", "integration-cache", "telegram-notifier", "ingest"}) {
        start(service);
    }
}

void Suite::kill(const std::string& service) {
    processes_.at(service)->kill();
    processes_.erase(service);
}

int Suite::stop(const std::string& service) {
    auto& process = *processes_.at(service);
    process.signal(SIGTERM);
    const auto code = process.wait(20s);
    REQUIRE(code);
    return *code;
}

int Suite::pid(const std::string& service) const { return processes_.at(service)->pid(); }

std::string Suite::sql(const std::string& text) const {
    return testing::run_sql(database_.url(), text);
}

std::string Suite::output_of(const std::string& service) const {
    return processes_.at(service)->output();
}

json::Document Suite::send(const std::string& event, const std::string& body) const {
    const auto answer = http("POST", url("ingest") + "/" + event, body);
    INFO(event << " " << answer.body);
    REQUIRE(answer.status == 200);
    return answer.json();
}

std::size_t Suite::messages() const {
    const auto document = http("GET", url("sandbox") + "/sandbox/chats").json();
    std::size_t count = 0;
    for (const auto chat : document.root().find("chats")->elements()) {
        count += chat.find("messages")->size();
    }
    return count;
}

std::vector<std::string> Suite::history(std::size_t index) const {
    const auto document = http("GET", url("sandbox") + "/sandbox/chats").json();
    std::vector<std::string> texts;
    const auto chats = *document.root().find("chats");
    if (chats.size() == 0 || chats[0].find("messages")->size() <= index) {
        return texts;
    }
    const auto message = (*chats[0].find("messages"))[index];
    for (const auto version : message.find("history")->elements()) {
        texts.emplace_back(*version.find("text")->string());
    }
    return texts;
}

json::Document Suite::retailcrm() const {
    return http("GET", url("sandbox") + "/sandbox/retailcrm").json();
}

void Suite::fault(const std::string& json) const {
    const auto answer = http("POST", url("sandbox") + "/sandbox/faults", json);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
}

void Suite::wait_for_text(const std::string& beginning, std::size_t index) const {
    testing::wait_until(
        [&] {
            const auto texts = history(index);
            return !texts.empty() && texts.back().starts_with(beginning);
        },
        30s,
        "the chat shows " + beginning
    );
}

void Suite::wait_until_idle() const {
    testing::wait_until(
        [&] {
            return sql("SELECT (SELECT count(*) FROM waiting_events) + (SELECT count(*) FROM "
                       "outbox) + "
                       "(SELECT count(*) FROM telegram_messages WHERE wanted_version > "
                       "sent_version "
                       "AND dead_reason IS NULL)") == "0";
        },
        60s,
        "everything is delivered"
    );
}

std::vector<Event> inbound_answered(const std::string& unique_id) {
    const std::string token = R"("Token":"375293332255",)";
    const auto of = [&](const std::string& id) { return token + "\"UniqueId\":\"" + id + "\","; };
    const auto far = of(unique_id);
    const auto near = of(unique_id + "1");
    const std::string bridge = R"("BridgeUniqueid":")" + base::make_uuid() + "\"";
    const std::string phone = "375296254070";
    const std::string pair_far =
        R"("CallerIDNum":"375296254070","ConnectedLineNum":"151",)" + bridge;
    const std::string pair_near =
        R"("CallerIDNum":"151","ConnectedLineNum":"375296254070",)" + bridge;
    return {
        {"start", "{" + far + R"("Phone":")" + phone + R"(","CallType":0,"Trunk":"0001363"})"},
        {"new_callerid", "{" + far + R"("Channel":"SIP/line-1","CallerIDNum":")" + phone + "\"}"},
        {"dial",
         "{" + far + R"("Phone":")" + phone +
             R"(","Extensions":["151"],"CallType":0,"Trunk":"0001363","ExtTrunk":"","ExtPhone":")" +
             phone + "\"}"},
        {"bridge_create", "{" + of("") + bridge + R"(,"BridgeNumChannels":"0"})"},
        {"bridge", "{" + near + R"("Channel":"SIP/151-2","Exten":"",)" + pair_near + "}"},
        {"bridge", "{" + far + R"("Channel":"SIP/line-1","Exten":"0001363",)" + pair_far + "}"},
        {"bridge_leave",
         "{" + far + R"("Channel":"SIP/line-1","BridgeNumChannels":"1",)" + pair_far + "}"},
        {"bridge_leave",
         "{" + near + R"("Channel":"SIP/151-2","BridgeNumChannels":"0",)" + pair_near + "}"},
        {"bridge_destroy", "{" + of("") + bridge + R"(,"BridgeNumChannels":"0"})"},
        {"hangup",
         "{" + far + R"("CallStatus":"2","Phone":")" + phone +
             R"(","Trunk":"0001363","Extensions":["151"],"StartTime":"2026-01-15 12:00:00",)"
             R"("DateReceived":"2026-01-15 12:00:00","EndTime":"2026-01-15 12:00:41","CallType":0})"
        },
    };
}

}  // namespace trunkline::e2e
