// scripts/faults gateway [--scenario NAME] [--minutes M | --seconds S]: kills pbx-gateway, takes
// ingest away, cuts the links to the exchanges and crashes them in the middle of calls, and checks
// that every call is there once and ended, and that no event's number is missing.
#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "../e2e/played_exchange.hpp"
#include "command_line.hpp"
#include "testing/paths.hpp"
#include "testing/postgres.hpp"
#include "testing/process.hpp"
#include "testing/redis.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::faults {
namespace {

using namespace std::chrono_literals;

constexpr int exchanges = 3;
constexpr int lines = 4;
/// Longer than anything is away: of a call that began and ended unseen nobody can tell.
constexpr auto call_length = 6s;
constexpr auto talk_length = 4s;  ///< More, for those who are answered.

// The pace of the scenarios, not a means to wait for something.
void pass(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

/// What happens on one exchange: calls of real captures, some at once, each from its own number.
class Play {
public:
    explicit Play(int number) : number_(number) {
        for (int line = 0; line < lines; ++line) {
            threads_.emplace_back([this, line] { run(line); });
        }
    }
    ~Play() { stop(); }

    e2e::PlayedExchange& exchange() { return exchange_; }
    void stop() {
        stopping_ = true;
        for (auto& thread : threads_) {
            thread.join();
        }
        threads_.clear();
    }
    /// From now on nobody calls; calls that go on do.
    void fall_quiet() { is_quiet_ = true; }
    /// Calls that go on are torn off by it; then people call again.
    void crash() {
        ++crashes_;
        exchange_.crash();
        is_quiet_ = false;
    }
    /// The numbers of those who called, and whether somebody talked with them to the end.
    std::map<std::string, bool> calls() const { return calls_; }

private:
    void run(int line);
    bool play(const std::vector<e2e::Frame>& frames);

    int number_;
    e2e::PlayedExchange exchange_;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> is_quiet_ = false;
    std::atomic<int> crashes_ = 0;
    std::mutex mutex_;
    std::map<std::string, bool> calls_;
    std::vector<std::thread> threads_;
};

void Play::run(int line) {
    const std::vector<std::pair<const char*, bool>> kinds{
        {"01-inbound-answered", true},
        {"02-inbound-not-answered", false},
        {"07-queue-answered", true},
        {"01b-inbound-agent-hangs-up", true}
    };
    pass(1.0 + 0.7 * line);
    for (unsigned round = 1; !stopping_; ++round) {
        while (is_quiet_ && !stopping_) {
            pass(0.01);
        }
        const auto& [name, is_answered] = kinds[(round + static_cast<unsigned>(line)) % 4];
        const auto run = round * lines + static_cast<unsigned>(line) + 1;
        const auto phone = fmt::format("37529{:07}", number_ * 1'000'000 + static_cast<int>(run));
        const auto frames = e2e::another_call(
            e2e::capture(name), run + 10'000U * static_cast<unsigned>(number_), phone
        );
        const bool is_whole = play(frames);
        const std::lock_guard lock(mutex_);
        calls_.emplace(phone, is_answered && is_whole);
    }
}

bool Play::play(const std::vector<e2e::Frame>& frames) {
    const int crashes = crashes_;
    const auto step =
        std::chrono::duration<double>(call_length) / static_cast<double>(frames.size());
    auto due = std::chrono::steady_clock::now();
    for (const auto& frame : frames) {
        if (crashes != crashes_) {
            return false;
        }
        exchange_.happen(frame);
        due += std::chrono::duration_cast<std::chrono::nanoseconds>(step);
        if (e2e::value_of(frame, "Event") == "BridgeEnter") {
            due += talk_length / 2;
        }
        std::this_thread::sleep_until(due);
    }
    return true;
}

/// PostgreSQL, ingest, pbx-gateway and the exchanges, one of which never answers. Belongs to the
/// main thread.
class Site {
public:
    Site();

    void start(const std::string& service);
    void kill(const std::string& service) {
        services_.at(service)->kill();
        services_.erase(service);
    }
    std::vector<std::unique_ptr<Play>>& plays() { return plays_; }
    /// Ends the calls and judges; the exit code.
    int close();

private:
    testing::Command command(const std::string& program) const;
    std::string sql(const std::string& text) const {
        return testing::run_sql(postgres_.url(), text);
    }
    double spooled() const;

    testing::TempFolder folder_;
    testing::PrivatePostgres postgres_;
    testing::PrivateRedis redis_;
    std::map<std::string, std::uint16_t> ports_;
    std::map<std::string, std::unique_ptr<testing::ChildProcess>> services_;
    std::vector<std::unique_ptr<Play>> plays_;
};

std::string get(const std::string& url) {
    testing::Command curl;
    curl.argv = {"curl", "-sSf", "--max-time", "5", url};
    const auto outcome = testing::run_command(curl);
    return outcome.status == 0 ? outcome.output : "";
}

Site::Site() : ports_{{"ingest", testing::free_port()}, {"pbx-gateway", testing::free_port()}} {
    auto migrate = command("trunkctl");
    migrate.argv.emplace_back("migrate");
    migrate.output.clear();
    const auto migrated = testing::run_command(migrate);
    if (migrated.status != 0) {
        throw std::runtime_error("trunkctl migrate: " + migrated.output);
    }
    const auto add = [&](const std::string& id, std::uint16_t port) {
        sql(fmt::format(
            "INSERT INTO pbx_servers (id, enterprise_number, host, port, username, secret, "
            "reconnect_delay) VALUES ('{}', '0367', '127.0.0.1', {}, 'trunkline', 'pbx-secret', 1)",
            id,
            port
        ));
    };
    sql("INSERT INTO enterprises (number, name, name2, bot_token) VALUES ('0367', 'june', "
        "'375293332255', '')");
    add("dead", testing::free_port());
    for (int i = 0; i < exchanges; ++i) {
        plays_.push_back(std::make_unique<Play>(i));
        add("pbx-" + std::to_string(i), plays_.back()->exchange().port());
    }
    start("ingest");
    start("pbx-gateway");
}

testing::Command Site::command(const std::string& program) const {
    testing::Command out;
    out.argv = {(testing::binary_folder() / program).string()};
    out.inherit_environment = false;
    out.folder = folder_.path();
    out.output = folder_.path() / "output";
    out.environment = {
        {"DATABASE_URL", postgres_.url()},
        {"REDIS_URL", redis_.url()},
        {"LOG_DIR", (folder_.path() / "logs").string()},
        {"SECRETS_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
        {"INGEST_PORT", std::to_string(ports_.at("ingest"))},
        {"INGEST_URL", fmt::format("http://127.0.0.1:{}", ports_.at("ingest"))},
        {"PBX_GATEWAY_PORT", std::to_string(ports_.at("pbx-gateway"))},
    };
    return out;
}

void Site::start(const std::string& service) {
    services_[service] = std::make_unique<testing::ChildProcess>(command(service));
    testing::wait_until(
        [&] {
            if (!services_[service]->is_running()) {
                throw std::runtime_error(service + " ended by itself");
            }
            return !get(fmt::format("http://127.0.0.1:{}/ready", ports_.at(service))).empty();
        },
        20s,
        service + " is ready"
    );
}

/// Events that wait for ingest; -1: nobody tells, or not all exchanges are followed.
double Site::spooled() const {
    const auto text = get(fmt::format("http://127.0.0.1:{}/metrics", ports_.at("pbx-gateway")));
    double sum = 0;
    int found = 0;
    for (std::size_t at = text.find("\npbx_spool_events{"); at != std::string::npos;
         at = text.find("\npbx_spool_events{", at + 1)) {
        sum += std::stod(text.substr(text.find("} ", at) + 2));
        ++found;
    }
    return found == exchanges + 1 ? sum : -1;
}

/// What was told of the call from a number, as far as its events name one id.
std::string told_sql(const std::string& phone) {
    return fmt::format(
        "SELECT event_timestamp, event_time, event_type, data_source, seq, raw_data FROM "
        "call_events WHERE unique_id IN (SELECT unique_id FROM call_events WHERE "
        "raw_data->>'Phone' = '{}') ORDER BY event_timestamp, event_id",
        phone
    );
}

int Site::close() {
    std::map<std::string, bool> played;
    for (auto& play : plays_) {
        play->stop();
        played.merge(play->calls());
    }
    std::string counts;
    try {
        testing::wait_until(
            [&] {
                counts = sql("SELECT count(*) FROM calls") + " calls, " +
                         sql("SELECT count(*) FROM waiting_events") + " events, " +
                         std::to_string(spooled()) + " in spools";
                return spooled() == 0 && sql("SELECT count(*) FROM waiting_events") == "0" &&
                       sql("SELECT count(DISTINCT phone) FROM calls") >=
                           std::to_string(played.size()) &&
                       sql("SELECT count(*) FROM live_calls WHERE state->'call'->>'phase' <> "
                           "'done'") == "0";
            },
            30s,
            "all is told and worked in"
        );
    } catch (const std::exception& error) {
        fmt::print("{}: {}\n", error.what(), counts);
    }
    int absent = 0;
    int doubled = 0;
    int wrong = 0;
    for (const auto& [phone, is_answered] : played) {
        const auto rows = sql("SELECT call_status FROM calls WHERE phone = '" + phone + "'");
        absent += rows.empty() ? 1 : 0;
        doubled += rows.find('\n') != std::string::npos ? 1 : 0;
        wrong += is_answered && rows != "2" ? 1 : 0;
        if (rows.empty() || (is_answered && rows != "2")) {
            fmt::print("  {}: {} {}\n", phone, is_answered ? "answered" : "not or torn off", rows);
            fmt::print("{}\n", sql(told_sql(phone)));
        }
    }
    const auto open =
        sql("SELECT count(*) FROM live_calls WHERE state->'call'->>'phase' <> 'done'");
    const auto missing = sql("SELECT coalesce(sum(missing), 0) FROM event_ledger");
    const auto restarts = sql("SELECT coalesce(sum(restarts), 0) FROM event_ledger");
    const auto sources = sql("SELECT data_source, count(*) FROM call_events GROUP BY 1 ORDER BY 1");
    fmt::print(
        "{} calls played: {} absent, {} doubled, {} with a wrong outcome, {} open; numbers: {} "
        "missing, {} restarts; events: {}\n",
        played.size(),
        absent,
        doubled,
        wrong,
        open,
        missing,
        restarts,
        sources
    );
    bool holds = !played.empty() && absent == 0 && doubled == 0 && wrong == 0 && open == "0" &&
                 missing == "0" && restarts == "0";
    for (auto& [name, service] : services_) {
        service->signal(SIGTERM);
        holds = service->wait(30s) == 0 && holds;
    }
    fmt::print("{}\n", holds ? "holds" : "DOES NOT HOLD");
    return holds ? 0 : 1;
}

struct Scenario {
    std::string name;
    /// Breaks things for `seconds` and leaves everything running.
    std::function<void(Site& site, double seconds)> run;
};

/// How many of so many seconds each fill a time.
int rounds(double seconds, double each) { return static_cast<int>(std::ceil(seconds / each)); }

void gateway_kills(Site& site, double seconds) {
    for (int left = rounds(seconds, 2.5); left > 0; --left) {
        pass(2.0);
        site.kill("pbx-gateway");
        pass(0.5);
        site.start("pbx-gateway");
    }
}

void ingest_away(Site& site, double seconds) {
    for (int left = rounds(seconds, 4); left > 0; --left) {
        pass(1.0);
        site.kill("ingest");
        pass(3.0);
        site.start("ingest");
    }
}

void link_cuts(Site& site, double seconds) {
    for (int left = rounds(seconds, 7); left > 0; --left) {
        pass(6.5);
        for (auto& play : site.plays()) {
            play->exchange().refuse(true);
            play->exchange().cut();
        }
        pass(0.5);
        for (auto& play : site.plays()) {
            play->exchange().refuse(false);
        }
    }
}

void exchange_crashes(Site& site, double seconds) {
    for (int left = rounds(seconds, 6); left > 0; --left) {
        // A call that begins and is torn off while nobody listens is unknown by nature; a slow
        // machine must not make more of them than the outages do.
        for (auto& play : site.plays()) {
            const auto& exchange = play->exchange();
            testing::wait_until(
                [&] { return exchange.is_listened_to(); }, 30s, "the gateway listens again"
            );
        }
        pass(5.0);
        for (auto& play : site.plays()) {
            play->fall_quiet();
        }
        pass(1.0);  // What was just said is lost with the connection: let no call begin with it.
        for (auto& play : site.plays()) {
            play->crash();
        }
    }
}

void together(Site& site, double seconds) {
    for (int left = rounds(seconds, 5); left > 0; --left) {
        pass(1.0);
        site.kill("ingest");
        pass(1.0);
        site.plays().front()->exchange().cut();
        site.kill("pbx-gateway");
        pass(0.5);
        site.start("pbx-gateway");
        pass(2.0);
        site.start("ingest");
    }
}

void everything(Site& site, double seconds) {
    for (const auto& step : {gateway_kills, ingest_away, link_cuts, exchange_crashes, together}) {
        step(site, seconds / 5);
    }
}

}  // namespace
}  // namespace trunkline::faults

int main(int argc, char** argv) {
    using namespace trunkline::faults;
    const std::vector<Scenario> scenarios{
        {"everything", everything},
        {"gateway-kills", gateway_kills},
        {"ingest-away", ingest_away},
        {"link-cuts", link_cuts},
        {"exchange-crashes", exchange_crashes},
        {"together", together}
    };
    CommandLine line{
        .purpose = "Breaks pbx-gateway and what is around it in the middle of calls.",
        .scenarios = {},
        .minutes = 5
    };
    for (const auto& scenario : scenarios) {
        line.scenarios.push_back(scenario.name);
    }
    return run_from_command_line(argc, argv, line, [&](std::size_t index, double seconds, double) {
        Site site;
        scenarios[index].run(site, seconds);
        return site.close();
    });
}
