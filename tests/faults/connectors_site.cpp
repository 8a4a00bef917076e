#include "connectors_site.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "testing/paths.hpp"

namespace trunkline::faults {
namespace {

using namespace std::chrono_literals;

constexpr json::Limits limits{.max_bytes = std::size_t{256} << 20, .max_depth = 64};

struct Service {
    const char* name;
    const char* setting;  ///< Its port is SETTING_PORT, its address SETTING_URL.
};
constexpr Service services[] = {
    {"sandbox", "SANDBOX"},
    {"integration-cache", "INTEGRATION_CACHE"},
    {"retailcrm", "RETAILCRM"},
    {"uon", "UON"},
    {"moysklad", "MOYSKLAD"},
    {"bitrix24", "BITRIX24"},
};

}  // namespace

ConnectorsSite::ConnectorsSite() : postgres_(testing::PostgresOptions{}) {
    for (const auto& service : services) {
        ports_[service.name] = testing::free_port();
    }
    make_tables();
    for (const auto& service : services) {
        start(service.name);
    }
}

const std::vector<std::string>& ConnectorsSite::crms() {
    static const std::vector<std::string> names{"retailcrm", "uon", "moysklad", "bitrix24"};
    return names;
}

std::string ConnectorsSite::enterprise(int number) { return fmt::format("{:04}", number); }

std::string ConnectorsSite::token(int number) { return fmt::format("3752900{:05}", number); }

std::string ConnectorsSite::url_of(const std::string& service) const {
    return fmt::format("http://127.0.0.1:{}", ports_.at(service));
}

testing::Command ConnectorsSite::command(const std::string& program) const {
    testing::Command command;
    command.argv = {(testing::binary_folder() / program).string()};
    command.inherit_environment = false;
    command.folder = folder_.path();
    command.output = folder_.path() / "output";
    command.environment = {
        {"DATABASE_URL", postgres_.url()},
        {"LOG_DIR", (folder_.path() / program / "logs").string()},
        {"SECRETS_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
        {"ALLOW_LOOPBACK_UPSTREAMS", "1"},
        {"UON_API_URL", url_of("sandbox") + "/uon"},
        {"MOYSKLAD_PHONE_API_URL", url_of("sandbox") + "/moysklad/api/phone/1.0"},
        {"MOYSKLAD_API_URL", url_of("sandbox") + "/moysklad/api/remap/1.2"},
        {"BITRIX24_OAUTH_URL", url_of("sandbox") + "/bitrix24"},
        // As in life, only quicker.
        {"CRM_RETRY_SECONDS", "1"},
    };
    for (const auto& service : services) {
        const std::string setting(service.setting);
        command.environment[setting + "_PORT"] = std::to_string(ports_.at(service.name));
        command.environment[setting + "_URL"] = url_of(service.name);
    }
    return command;
}

void ConnectorsSite::make_tables() {
    auto migrate = command("trunkctl");
    migrate.argv.emplace_back("migrate");
    migrate.output.clear();
    const auto outcome = testing::run_command(migrate);
    if (outcome.status != 0) {
        throw std::runtime_error("trunkctl migrate: " + outcome.output);
    }
    for (int number = 0; number < enterprises; ++number) {
        const auto name = enterprise(number);
        const auto config = fmt::format(
            R"({{"retailcrm":{{"enabled":true,"base_url":"{0}/retailcrm/{1}","api_key":"sandbox-retailcrm-key-{1}"}},)"
            R"("uon":{{"enabled":true,"api_key":"sandboxuonkey{1}"}},)"
            R"("ms":{{"enabled":true,"phone_api_key":"sandbox-moysklad-phone-{1}","remap_token":"sandbox-moysklad-token-{1}"}},)"
            R"("bitrix24":{{"enabled":true,"default_user_id":"1","expires":"0","domain":"{0}/bitrix24/{1}","client_id":"local.sandbox-bitrix24-client-{1}",)"
            R"("client_secret":"sandbox-bitrix24-secret-{1}","access_token":"sandbox-bitrix24-access-{1}-1",)"
            R"("refresh_token":"sandbox-bitrix24-refresh-{1}-1"}}}})",
            url_of("sandbox"),
            name
        );
        sql(fmt::format(
            "INSERT INTO enterprises (number, name, name2, integrations_config) VALUES ('{}', "
            "'e{}', '{}', '{}')",
            name,
            number,
            token(number),
            config
        ));
    }
}

std::string ConnectorsSite::sql(const std::string& text) const {
    return testing::run_sql(postgres_.url(), text);
}

void ConnectorsSite::start(const std::string& service) {
    processes_[service] = std::make_unique<testing::ChildProcess>(command(service));
}

void ConnectorsSite::kill(const std::string& service) {
    processes_.at(service)->kill();
    processes_.erase(service);
}

std::string ConnectorsSite::ask(
    const std::string& method, const std::string& url, const std::string& body
) const {
    testing::Command curl;
    curl.argv = {"curl", "-sS", "--fail", "--max-time", "20", "-X", method, url};
    if (!body.empty()) {
        curl.argv.insert(
            curl.argv.end(), {"-H", "Content-Type: application/json", "--data-binary", body}
        );
    }
    const auto outcome = testing::run_command(curl);
    return outcome.status == 0 ? outcome.output : std::string();
}

void ConnectorsSite::wait_until_ready() {
    for (const auto& service : services) {
        testing::wait_until(
            [&] { return !ask("GET", url_of(service.name) + "/ready", "").empty(); },
            30s,
            std::string(service.name) + " is ready"
        );
    }
}

void ConnectorsSite::break_crm(const std::string& json) {
    const auto url = url_of("sandbox") + "/sandbox/faults";
    if (json.empty()) {
        ask("DELETE", url, "");
    } else if (ask("POST", url, json).empty()) {
        throw std::runtime_error("the sandbox refuses the fault " + json);
    }
}

void ConnectorsSite::start_callers(double events_per_second) {
    for (int number = 0; number < enterprises; ++number) {
        callers_.push_back(std::make_unique<DispatchCaller>(
            number,
            std::vector<std::uint16_t>{ports_.at("integration-cache")},
            token(number),
            events_per_second / enterprises
        ));
    }
}

void ConnectorsSite::stop_callers() {
    for (const auto& caller : callers_) {
        caller->stop();
    }
}

void ConnectorsSite::settle() {
    testing::wait_until(
        [&] { return sql("SELECT count(*) FROM outbox") == "0"; },
        240s,
        "every CRM has got everything"
    );
}

json::Document ConnectorsSite::crm(const std::string& name) const {
    const auto text = ask("GET", url_of("sandbox") + "/sandbox/" + name, "");
    auto document = json::parse(text, limits);
    if (!document) {
        throw std::runtime_error("the sandbox does not tell what " + name + " holds");
    }
    return std::move(*document);
}

}  // namespace trunkline::faults
