#include "dispatch_site.hpp"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

#include "testing/paths.hpp"

namespace trunkline::faults {
namespace {

using namespace std::chrono_literals;

constexpr json::Limits limits{.max_bytes = std::size_t{256} << 20, .max_depth = 64};

testing::PostgresOptions with_fsync() {
    testing::PostgresOptions options;
    options.fsync = true;
    return options;
}

std::string url_of(std::uint16_t port) { return fmt::format("http://127.0.0.1:{}", port); }

}  // namespace

RecordingConnector::RecordingConnector() {
    neighbour_.handle("POST", "/internal/*", [this](const testing::NeighbourRequest& request) {
        const auto body = json::parse(request.body, limits);
        if (!body) {
            return testing::NeighbourResponse::json("{}", 422);
        }
        const std::scoped_lock lock(mutex_);
        done_.push_back(
            {std::string(body->root().find("uniqueId")->string().value_or("")),
             std::string(body->root().find("event_type")->string().value_or(""))}
        );
        return testing::NeighbourResponse::json(R"({"result":"done","detail":"","mend":""})");
    });
}

std::vector<RecordingConnector::Step> RecordingConnector::done() const {
    const std::scoped_lock lock(mutex_);
    return done_;
}

DispatchSite::DispatchSite(int replicas)
    : postgres_(with_fsync()),
      retailcrm_port_(testing::free_port()),
      sandbox_port_(testing::free_port()) {
    for (const auto* crm : {"uon", "moysklad", "bitrix24"}) {
        connectors_[crm] = std::make_unique<RecordingConnector>();
    }
    for (int i = 0; i < replicas; ++i) {
        gateway_ports_.push_back(testing::free_port());
    }
    make_tables();
    sandbox_ = std::make_unique<testing::ChildProcess>(command("sandbox", "sandbox"));
    start_retailcrm();
    for (int i = 0; i < replicas; ++i) {
        start_gateway(i);
    }
}

std::string DispatchSite::enterprise(int number) { return fmt::format("{:04}", number); }

std::string DispatchSite::token(int number) const { return fmt::format("3752900{:05}", number); }

testing::Command DispatchSite::command(const std::string& program, const std::string& folder)
    const {
    const auto own = folder_.path() / folder;
    testing::Command command;
    command.argv = {(testing::binary_folder() / program).string()};
    command.inherit_environment = false;
    command.folder = folder_.path();
    command.output = folder_.path() / "output";
    command.environment = {
        {"DATABASE_URL", postgres_.url()},
        {"LOG_DIR", (own / "logs").string()},
        {"SECRETS_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
        {"ALLOW_LOOPBACK_UPSTREAMS", "1"},
        {"SANDBOX_PORT", std::to_string(sandbox_port_)},
        {"RETAILCRM_PORT", std::to_string(retailcrm_port_)},
        {"RETAILCRM_URL", url_of(retailcrm_port_)},
        {"UON_URL", connectors_.at("uon")->neighbour().url()},
        {"MOYSKLAD_URL", connectors_.at("moysklad")->neighbour().url()},
        {"BITRIX24_URL", connectors_.at("bitrix24")->neighbour().url()},
        // As in life, only quicker.
        {"CRM_RETRY_SECONDS", "1"},
        {"CRM_STEP_SECONDS", "4"},
    };
    return command;
}

/// Four enterprises with all CRMs, one with RetailCRM alone, one with two of the others.
void DispatchSite::make_tables() {
    auto migrate = command("trunkctl", "trunkctl");
    migrate.argv.emplace_back("migrate");
    migrate.output.clear();
    const auto outcome = testing::run_command(migrate);
    if (outcome.status != 0) {
        throw std::runtime_error("trunkctl migrate: " + outcome.output);
    }
    for (int number = 0; number < enterprises; ++number) {
        const auto retailcrm = fmt::format(
            R"("retailcrm":{{"enabled":{},"base_url":"{}/retailcrm/{}","api_key":"sandbox-retailcrm-key-{}"}})",
            number != 5,
            url_of(sandbox_port_),
            enterprise(number),
            enterprise(number)
        );
        const auto others = fmt::format(
            R"("uon":{{"enabled":{}}},"ms":{{"enabled":{}}},"bitrix24":{{"enabled":{}}})",
            number != 4,
            number < 4,
            number != 4
        );
        sql(fmt::format(
            "INSERT INTO enterprises (number, name, name2, integrations_config) VALUES ('{}', "
            "'e{}', '{}', '{{{},{}}}')",
            enterprise(number),
            number,
            token(number),
            retailcrm,
            others
        ));
    }
}

std::string DispatchSite::sql(const std::string& text) const {
    return testing::run_sql(postgres_.url(), text);
}

void DispatchSite::start_gateway(int replica) {
    auto gateway = command("integration-cache", fmt::format("gateway{}", replica));
    gateway.environment["INTEGRATION_CACHE_PORT"] =
        std::to_string(gateway_ports_[static_cast<std::size_t>(replica)]);
    gateways_[replica] = std::make_unique<testing::ChildProcess>(gateway);
}

void DispatchSite::kill_gateway(int replica) {
    gateways_.at(replica)->kill();
    gateways_.erase(replica);
}

void DispatchSite::start_retailcrm() {
    retailcrm_ = std::make_unique<testing::ChildProcess>(command("retailcrm", "retailcrm"));
}

void DispatchSite::kill_retailcrm() { retailcrm_->kill(); }

std::string DispatchSite::ask(
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

void DispatchSite::wait_until_ready() {
    std::vector<std::uint16_t> ports{sandbox_port_, retailcrm_port_};
    ports.insert(ports.end(), gateway_ports_.begin(), gateway_ports_.end());
    for (const auto port : ports) {
        testing::wait_until(
            [&] { return !ask("GET", url_of(port) + "/ready", "").empty(); }, 20s, "all are ready"
        );
    }
}

void DispatchSite::break_crm(const std::string& json) {
    const auto url = url_of(sandbox_port_) + "/sandbox/faults";
    if (json.empty()) {
        ask("DELETE", url, "");
    } else if (ask("POST", url, json).empty()) {
        throw std::runtime_error("the sandbox refuses the fault " + json);
    }
}

void DispatchSite::start_callers(double events_per_second) {
    for (int number = 0; number < enterprises; ++number) {
        callers_.push_back(std::make_unique<DispatchCaller>(
            number, gateway_ports_, token(number), events_per_second / enterprises
        ));
    }
}

void DispatchSite::stop_callers() {
    for (const auto& caller : callers_) {
        caller->stop();
    }
}

void DispatchSite::settle() {
    testing::wait_until(
        [&] { return sql("SELECT count(*) FROM outbox") == "0"; },
        180s,
        "every CRM has got everything"
    );
}

json::Document DispatchSite::crm() const {
    const auto text = ask("GET", url_of(sandbox_port_) + "/sandbox/retailcrm", "");
    auto document = json::parse(text, limits);
    if (!document) {
        throw std::runtime_error("the sandbox does not tell what the CRM holds");
    }
    return std::move(*document);
}

}  // namespace trunkline::faults
