#include "site.hpp"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

#include "testing/paths.hpp"

namespace trunkline::faults {
namespace {

using namespace std::chrono_literals;

testing::PostgresOptions with_fsync() {
    testing::PostgresOptions options;
    options.fsync = true;
    return options;
}

}  // namespace

Site::Site(int replicas) : postgres_(with_fsync()) {
    for (int i = 0; i < replicas; ++i) {
        ports_.push_back(testing::free_port());
    }
    make_tables();
}

std::string Site::token(int exchange) const { return fmt::format("3752900{:05}", exchange); }

testing::Command Site::command(const std::string& program, int replica) const {
    const auto own = folder_.path() / std::to_string(replica);
    testing::Command command;
    command.argv = {(testing::binary_folder() / program).string()};
    command.inherit_environment = false;
    command.folder = folder_.path();
    command.output = folder_.path() / "output";
    command.environment = {
        {"DATABASE_URL", postgres_.url()},
        {"REDIS_URL", redis_.url()},
        {"LOG_DIR", (own / "logs").string()},
        {"JOURNAL_DIR", (own / "journal").string()},
        {"SECRETS_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
        {"INGEST_PORT", std::to_string(ports_[static_cast<std::size_t>(replica)])},
    };
    return command;
}

void Site::make_tables() {
    auto migrate = command("trunkctl", 0);
    migrate.argv.emplace_back("migrate");
    migrate.output.clear();
    const auto outcome = testing::run_command(migrate);
    if (outcome.status != 0) {
        throw std::runtime_error("trunkctl migrate: " + outcome.output);
    }
    for (int exchange = 0; exchange < replicas() * exchanges_per_ingest; ++exchange) {
        sql(fmt::format(
            "INSERT INTO enterprises (number, name, name2, bot_token) VALUES ('{0:04}', 'e{0}', "
            "'{1}', '')",
            exchange,
            token(exchange)
        ));
    }
    // In which transaction an event was handed on, which the queue itself forgets.
    sql("CREATE TABLE taken_in (transaction bigint, event_id uuid);"
        "CREATE FUNCTION note_taken_in() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO taken_in VALUES (pg_current_xact_id()::text::bigint, NEW.event_id); "
        "RETURN NULL; END $$;"
        "CREATE TRIGGER note_taken_in AFTER INSERT ON call_events FOR EACH ROW "
        "EXECUTE FUNCTION note_taken_in()");
}

std::string Site::sql(const std::string& text) const {
    return testing::run_sql(postgres_.url(), text);
}

void Site::start_ingest(int replica, std::uint64_t journal_bytes) {
    auto ingest = command("ingest", replica);
    if (journal_bytes > 0) {
        ingest.environment["JOURNAL_MAX_BYTES"] = std::to_string(journal_bytes);
    }
    ingests_[replica] = std::make_unique<testing::ChildProcess>(ingest);
}

void Site::kill_ingest(int replica) {
    ingests_.at(replica)->kill();
    ingests_.erase(replica);
}

void Site::stop_ingest(int replica) {
    auto& process = *ingests_.at(replica);
    process.signal(SIGTERM);
    const auto code = process.wait(30s);
    if (code != 0) {
        throw std::runtime_error(
            "ingest did not end well: " + (code ? std::to_string(*code) : std::string("not at all"))
        );
    }
    ingests_.erase(replica);
}

void Site::wait_until_ready(int replica) {
    testing::wait_until(
        [&] {
            if (!ingests_.at(replica)->is_running()) {
                throw std::runtime_error("ingest ended by itself");
            }
            return metric(replica, "ingest_journal_events") >= 0;
        },
        20s,
        "ingest answers"
    );
}

double Site::metric(int replica, const std::string& name) const {
    const auto port = ports_[static_cast<std::size_t>(replica)];
    testing::Command curl;
    curl.argv = {
        "curl", "-sS", "--max-time", "5", fmt::format("http://127.0.0.1:{}/metrics", port)
    };
    const auto outcome = testing::run_command(curl);
    const auto at = outcome.output.find("\n" + name + " ");
    if (outcome.status != 0 || at == std::string::npos) {
        return -1;
    }
    return std::stod(outcome.output.substr(at + name.size() + 2));
}

void Site::start_exchanges(double events_per_second) {
    const int count = replicas() * exchanges_per_ingest;
    for (int i = 0; i < count; ++i) {
        const auto port = ports_[static_cast<std::size_t>(i % replicas())];
        exchanges_.push_back(
            std::make_unique<Exchange>(i, port, token(i), events_per_second / count)
        );
    }
}

void Site::stop_exchanges() {
    for (const auto& exchange : exchanges_) {
        exchange->stop();
    }
}

std::vector<const Account*> Site::accounts() const {
    std::vector<const Account*> out;
    for (const auto& exchange : exchanges_) {
        out.push_back(&exchange->account());
    }
    return out;
}

void Site::settle() {
    for (int replica = 0; replica < replicas(); ++replica) {
        testing::wait_until(
            [&] { return metric(replica, "ingest_journal_events") == 0; },
            60s,
            "the journal is replayed"
        );
    }
    testing::wait_until(
        [&] { return sql("SELECT count(*) FROM waiting_events") == "0"; },
        60s,
        "every event is worked into its call"
    );
}

}  // namespace trunkline::faults
