// scripts/faults cache [--scenario NAME] [--minutes M | --seconds S]: takes PostgreSQL, Redis and a
// CRM's connector away from two replicas of integration-cache, in turn and together, while known
// names are asked for, and checks that they are still answered, that nobody lies about it, and that
// everything recovers by itself.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>

#include "asker.hpp"
#include "command_line.hpp"
#include "testing/neighbour.hpp"
#include "testing/paths.hpp"
#include "testing/postgres.hpp"
#include "testing/process.hpp"
#include "testing/redis.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::faults {
namespace {

using namespace std::chrono_literals;

constexpr auto enterprise = "0367";
constexpr int replicas = 2;
constexpr int known_numbers = 40;
constexpr double questions_per_second = 200;
/// Short, so that every name grows too old many times while something is away.
constexpr auto ttl_ms = "2000";

// The pace of the scenarios, not a means to wait for something.
void pass(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

struct Answer {
    int status = 0;
    std::string body;
};

Answer http(const std::string& url, const std::string& method = "GET") {
    testing::Command curl;
    curl.argv = {"curl", "-sS", "--max-time", "5", "-w", "\n%{http_code}", "-X", method, url};
    const auto outcome = testing::run_command(curl);
    const auto end = outcome.output.rfind('\n');
    if (outcome.status != 0 || end == std::string::npos) {
        return {0, outcome.output};
    }
    return {std::stoi(outcome.output.substr(end + 1)), outcome.output.substr(0, end)};
}

std::uint64_t figure(const std::string& body, const std::string& name) {
    const auto at = body.find("\"" + name + "\":");
    return at == std::string::npos ? 0 : std::stoull(body.substr(at + name.size() + 3));
}

/// Two replicas with all that they need, and who asks them. Belongs to the main thread.
class Office {
public:
    Office();

    testing::PrivatePostgres& postgres() { return postgres_; }
    testing::PrivateRedis& redis() { return redis_; }
    testing::HttpNeighbour& crm() { return crm_; }

    /// Every name was heard once, and everything says that it is well.
    void open();
    void wait_until_ready(int replica) const;
    /// What /ready says of a replica, as text.
    Answer ready(int replica) const { return http(url(replica) + "/ready"); }
    bool says_away(int replica, const std::string& part) const;
    /// Stops asking and judges; the exit code.
    int close();

private:
    testing::Command command(const std::string& program, int replica) const;
    std::string url(int replica) const {
        return fmt::format("http://127.0.0.1:{}", ports_[static_cast<std::size_t>(replica)]);
    }

    testing::TempFolder folder_;
    testing::PrivatePostgres postgres_;
    testing::PrivateRedis redis_;
    testing::HttpNeighbour crm_;
    std::vector<std::uint16_t> ports_;
    std::vector<std::unique_ptr<testing::ChildProcess>> services_;
    std::vector<std::string> phones_;
    std::vector<std::unique_ptr<Asker>> askers_;
    std::vector<std::uint64_t> asked_before_;
};

Office::Office() {
    for (int i = 0; i < replicas; ++i) {
        ports_.push_back(testing::free_port());
    }
    for (int i = 0; i < known_numbers; ++i) {
        phones_.push_back(fmt::format("37529{:07}", i * 31));
    }
    crm_.handle(
        "GET",
        "/internal/retailcrm/customer/*",
        [](const testing::NeighbourRequest& request) {
            const auto phone = request.path.substr(request.path.rfind('/') + 1);
            return testing::NeighbourResponse::json(
                R"({"found":true,"name":")" + known_name(phone) + "\"}"
            );
        }
    );
    auto migrate = command("trunkctl", 0);
    migrate.argv.emplace_back("migrate");
    migrate.output.clear();
    const auto migrated = testing::run_command(migrate);
    if (migrated.status != 0) {
        throw std::runtime_error("trunkctl migrate: " + migrated.output);
    }
    testing::run_sql(
        postgres_.url(),
        "INSERT INTO enterprises (number, name, name2, integrations_config) VALUES ('0367', "
        "'june', "
        "'375293332255', "
        "'{\"smart\":{\"primary\":\"retailcrm\"},\"retailcrm\":{\"enabled\":true}}')"
    );
}

testing::Command Office::command(const std::string& program, int replica) const {
    testing::Command command;
    command.argv = {(testing::binary_folder() / program).string()};
    command.inherit_environment = false;
    command.folder = folder_.path();
    command.output = folder_.path() / "output";
    command.environment = {
        {"DATABASE_URL", postgres_.url()},
        {"REDIS_URL", redis_.url()},
        {"LOG_DIR", (folder_.path() / std::to_string(replica)).string()},
        {"RETAILCRM_URL", crm_.url()},
        {"CACHE_TTL_MS", ttl_ms},
        {"INTEGRATION_CACHE_PORT", std::to_string(ports_[static_cast<std::size_t>(replica)])},
    };
    return command;
}

void Office::open() {
    for (int replica = 0; replica < replicas; ++replica) {
        services_.push_back(
            std::make_unique<testing::ChildProcess>(command("integration-cache", replica))
        );
    }
    for (int replica = 0; replica < replicas; ++replica) {
        wait_until_ready(replica);
        std::uint64_t asked = 0;
        for (const auto& phone : phones_) {
            testing::wait_until(
                [&] {
                    const auto path = fmt::format("/customer-name/{}/{}", enterprise, phone);
                    ++asked;
                    return http(url(replica) + path).body.find(known_name(phone)) !=
                           std::string::npos;
                },
                20s,
                "the name of " + phone
            );
        }
        asked_before_.push_back(asked);
    }
    for (int replica = 0; replica < replicas; ++replica) {
        const auto port = ports_[static_cast<std::size_t>(replica)];
        askers_.push_back(
            std::make_unique<Asker>(port, enterprise, phones_, questions_per_second / replicas)
        );
    }
}

void Office::wait_until_ready(int replica) const {
    Answer last;
    const auto is_well = [&] {
        if (!services_[static_cast<std::size_t>(replica)]->is_running()) {
            throw std::runtime_error("integration-cache ended by itself");
        }
        last = ready(replica);
        return last.status == 200 &&
               last.body.find(R"("status":"ready","parts")") != std::string::npos;
    };
    try {
        testing::wait_until(is_well, 30s, "integration-cache says that it is ready");
    } catch (const std::exception& error) {
        throw std::runtime_error(std::string(error.what()) + "; it says " + last.body);
    }
}

bool Office::says_away(int replica, const std::string& part) const {
    const auto answer = ready(replica);
    return answer.status == 200 &&
           answer.body.find("\"" + part + R"(":{"status":"degraded")") != std::string::npos;
}

int Office::close() {
    for (int replica = 0; replica < replicas; ++replica) {
        wait_until_ready(replica);
    }
    bool holds = true;
    for (int replica = 0; replica < replicas; ++replica) {
        auto& asker = *askers_[static_cast<std::size_t>(replica)];
        asker.stop();
        const auto& account = asker.account();
        const auto stats = http(url(replica) + "/stats").body;
        const auto counted = figure(stats, "hits") + figure(stats, "misses");
        const auto asked = account.asked + asked_before_[static_cast<std::size_t>(replica)];
        auto waits = account.waits_ms;
        std::ranges::sort(waits);
        fmt::print(
            "replica {}: {} questions, {} right, {} wrong, {} unanswered; {} counted of {}; "
            "p50 {:.1f} ms, p99 {:.1f} ms, longest {:.0f} ms\n  {}\n",
            replica,
            account.asked,
            account.right,
            account.wrong,
            account.unanswered,
            counted,
            asked,
            waits[waits.size() / 2],
            waits[waits.size() * 99 / 100],
            waits.back(),
            stats
        );
        if (!account.first_fault.empty()) {
            fmt::print("  the first fault: {}\n", account.first_fault);
        }
        holds = holds && account.right == account.asked && account.asked > 0 && counted == asked;
    }
    for (auto& service : services_) {
        service->signal(SIGTERM);
        holds = service->wait(30s) == 0 && holds;
    }
    fmt::print("{}\n", holds ? "holds" : "DOES NOT HOLD");
    return holds ? 0 : 1;
}

struct Scenario {
    std::string name;
    std::string what;
    /// Breaks things for `seconds` and leaves everything running.
    std::function<void(Office& office, double seconds)> run;
};

void expect_told(Office& office, const std::string& part) {
    for (int replica = 0; replica < replicas; ++replica) {
        testing::wait_until(
            [&] { return office.says_away(replica, part); }, 30s, "/ready says " + part + " is away"
        );
    }
}

void postgres_stop(Office& office, double seconds) {
    office.postgres().stop();
    expect_told(office, "database");
    pass(seconds * 0.6);
    office.postgres().start();
    pass(seconds * 0.3);
}

void postgres_hang(Office& office, double seconds) {
    office.postgres().pause();
    pass(seconds * 0.6);
    office.postgres().resume();
    pass(seconds * 0.3);
}

void redis_kill(Office& office, double seconds) {
    office.redis().kill();
    expect_told(office, "redis");
    pass(seconds * 0.6);
    office.redis().start();
    pass(seconds * 0.3);
}

void redis_hang(Office& office, double seconds) {
    office.redis().pause();
    pass(seconds * 0.6);
    office.redis().resume();
    pass(seconds * 0.3);
}

void crm_away(Office& office, double seconds) {
    office.crm().refuse();
    pass(seconds * 0.4);
    office.crm().accept();
    pass(seconds * 0.1);
    office.crm().fail_always(testing::Fault::never_answer());
    pass(seconds * 0.2);
    office.crm().clear_faults();
    office.crm().fail_always(testing::Fault::garbage());
    pass(seconds * 0.1);
    office.crm().clear_faults();
    office.crm().fail_always(testing::Fault::answer_status(500));
    pass(seconds * 0.1);
    office.crm().clear_faults();
    office.crm().drop_connections();
    pass(seconds * 0.1);
}

void together(Office& office, double seconds) {
    office.crm().refuse();
    office.redis().kill();
    office.postgres().stop();
    expect_told(office, "database");
    expect_told(office, "redis");
    pass(seconds * 0.5);
    office.redis().start();
    pass(seconds * 0.1);
    office.postgres().start();
    pass(seconds * 0.1);
    office.crm().accept();
    pass(seconds * 0.2);
}

void everything(Office& office, double seconds) {
    using Step = void (*)(Office&, double);
    for (const Step step :
         {postgres_stop, postgres_hang, redis_kill, redis_hang, crm_away, together}) {
        step(office, seconds / 6);
        for (int replica = 0; replica < replicas; ++replica) {
            office.wait_until_ready(replica);
        }
    }
}

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all{
        {"postgres-stop", "PostgreSQL is stopped and started", postgres_stop},
        {"postgres-hang", "PostgreSQL answers nobody for a while", postgres_hang},
        {"redis-kill", "Redis is killed and started empty", redis_kill},
        {"redis-hang", "Redis answers nobody for a while", redis_hang},
        {"crm", "the connector is away, silent, talks garbage, fails", crm_away},
        {"together", "all three are away at once", together},
        {"everything", "one after the other, then together", everything},
    };
    return all;
}

int run(const Scenario& scenario, double seconds) {
    fmt::print("== {}: {}, {:.0f} s\n", scenario.name, scenario.what, seconds);
    std::fflush(stdout);
    Office office;
    office.open();
    pass(1);
    scenario.run(office, seconds);
    return office.close();
}

}  // namespace
}  // namespace trunkline::faults

int main(int argc, char** argv) {
    using namespace trunkline::faults;
    CommandLine line;
    line.purpose = "Takes away what integration-cache needs while names are asked for.";
    line.minutes = 2;
    line.rate = 0;
    for (const auto& scenario : scenarios()) {
        line.scenarios.emplace_back(scenario.name);
    }
    return run_from_command_line(
        argc,
        argv,
        line,
        [](std::size_t scenario, double seconds, double) {
            return run(scenarios()[scenario], seconds);
        }
    );
}
