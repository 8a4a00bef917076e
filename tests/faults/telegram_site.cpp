#include "telegram_site.hpp"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

#include "testing/paths.hpp"

namespace trunkline::faults {
namespace {

using namespace std::chrono_literals;

constexpr json::Limits answer_limits{.max_bytes = std::size_t{256} << 20, .max_depth = 64};

testing::PostgresOptions with_fsync() {
    testing::PostgresOptions options;
    options.fsync = true;
    return options;
}

}  // namespace

TelegramSite::TelegramSite(int notifiers) : notifiers_(notifiers), postgres_(with_fsync()) {
    for (const auto* service : {"sandbox", "integration-cache", "ingest"}) {
        ports_[service] = testing::free_port();
    }
    make_tables();
    for (const auto* service : {"sandbox", "integration-cache", "ingest"}) {
        start(service);
    }
    sandbox("/sandbox/limits", R"({"enforce":true})");
    for (int number = 0; number < notifiers_; ++number) {
        start_notifier(number);
    }
}

std::string TelegramSite::token(int exchange) { return fmt::format("3752900{:05}", exchange); }

testing::Command TelegramSite::command(const std::string& program, const std::string& folder)
    const {
    const auto url = [&](const char* service) {
        return fmt::format("http://127.0.0.1:{}", ports_.at(service));
    };
    testing::Command command;
    command.argv = {(testing::binary_folder() / program).string()};
    command.inherit_environment = false;
    command.folder = folder_.path();
    command.output = folder_.path() / (folder + ".output");
    command.environment = {
        {"DATABASE_URL", postgres_.url()},
        {"LOG_DIR", (folder_.path() / folder).string()},
        {"SECRETS_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
        {"SANDBOX_PORT", std::to_string(ports_.at("sandbox"))},
        {"INTEGRATION_CACHE_PORT", std::to_string(ports_.at("integration-cache"))},
        {"INGEST_PORT", std::to_string(ports_.at("ingest"))},
        {"TELEGRAM_API_URL", url("sandbox")},
        {"INTEGRATION_CACHE_URL", url("integration-cache")},
        {"TELEGRAM_TIMEOUT_MS", "2000"},
    };
    return command;
}

void TelegramSite::start(const std::string& service) {
    services_[service] = std::make_unique<testing::ChildProcess>(command(service, service));
    wait_for(service, ports_.at(service));
}

void TelegramSite::wait_for(const std::string& service, std::uint16_t port) const {
    testing::Command curl;
    curl.argv = {"curl", "-sSf", "--max-time", "2", fmt::format("http://127.0.0.1:{}/ready", port)};
    testing::wait_until(
        [&] { return testing::run_command(curl).status == 0; }, 30s, service + " is ready"
    );
}

void TelegramSite::start_notifier(int number) {
    auto notifier = command("telegram-notifier", fmt::format("telegram-notifier-{}", number));
    notifier.environment["TELEGRAM_NOTIFIER_PORT"] = std::to_string(testing::free_port());
    notifier_processes_[number] = std::make_unique<testing::ChildProcess>(notifier);
}

void TelegramSite::kill_notifier(int number) {
    notifier_processes_.at(number)->kill();
    notifier_processes_.erase(number);
    ++kills_;
}

void TelegramSite::make_tables() {
    auto migrate = command("trunkctl", "trunkctl");
    migrate.argv.emplace_back("migrate");
    migrate.output.clear();
    const auto outcome = testing::run_command(migrate);
    if (outcome.status != 0) {
        throw std::runtime_error("trunkctl migrate: " + outcome.output);
    }
    std::string text;
    for (int exchange = 0; exchange < exchanges; ++exchange) {
        const auto bot = fmt::format("{}:AAbbCCddEEffGGhhIIjjKKllMMnnOOpp", 100'000 + exchange);
        text += fmt::format(
            "INSERT INTO enterprises (number, name, name2, bot_token) VALUES ('{0:04}', 'e{0}', "
            "'{1}', '{2}'); INSERT INTO telegram_users (tg_id, bot_token, enterprise_number) "
            "VALUES ({3}, '{2}', '{0:04}');",
            exchange,
            token(exchange),
            bot,
            chat(exchange)
        );
    }
    sql(text);
}

std::string TelegramSite::sql(const std::string& text) const {
    return testing::run_sql(postgres_.url(), text);
}

json::Document TelegramSite::sandbox(const std::string& path, const std::string& body) const {
    testing::Command curl;
    curl.argv = {
        "curl",
        "-sSf",
        "--max-time",
        "30",
        fmt::format("http://127.0.0.1:{}{}", ports_.at("sandbox"), path)
    };
    if (!body.empty()) {
        curl.argv.insert(
            curl.argv.end(), {"-H", "Content-Type: application/json", "--data-binary", body}
        );
    }
    const auto outcome = testing::run_command(curl);
    auto document = json::parse(outcome.output, answer_limits);
    if (outcome.status != 0 || !document) {
        throw std::runtime_error("sandbox " + path + ": " + outcome.output.substr(0, 500));
    }
    return std::move(*document);
}

void TelegramSite::fault(const std::string& members) const {
    sandbox("/sandbox/faults", R"({"api":"telegram",)" + members + "}");
}

void TelegramSite::clear_faults() const {
    testing::Command curl;
    curl.argv = {
        "curl",
        "-sSf",
        "-X",
        "DELETE",
        fmt::format("http://127.0.0.1:{}/sandbox/faults", ports_.at("sandbox"))
    };
    if (testing::run_command(curl).status != 0) {
        throw std::runtime_error("the faults cannot be taken back");
    }
}

void TelegramSite::start_exchanges(double events_per_second) {
    for (int i = 0; i < exchanges; ++i) {
        senders_.push_back(std::make_unique<Exchange>(
            i, ports_.at("ingest"), token(i), events_per_second / exchanges
        ));
    }
}

void TelegramSite::stop_exchanges() {
    for (const auto& exchange : senders_) {
        exchange->end_soon();
    }
    for (const auto& exchange : senders_) {
        exchange->stop();
    }
}

std::vector<const Account*> TelegramSite::accounts() const {
    std::vector<const Account*> out;
    for (const auto& exchange : senders_) {
        out.push_back(&exchange->account());
    }
    return out;
}

void TelegramSite::settle() const {
    testing::wait_until(
        [&] {
            return sql("SELECT (SELECT count(*) FROM waiting_events) + (SELECT count(*) FROM "
                       "outbox WHERE queue = 'telegram') + (SELECT count(*) FROM "
                       "telegram_messages WHERE wanted_version > sent_version AND dead_reason IS "
                       "NULL)") == "0";
        },
        150s,
        "every card is delivered"
    );
}

}  // namespace trunkline::faults
