#include "scenarios.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace trunkline::faults {
namespace {

using Clock = std::chrono::steady_clock;

/// Room for some seconds of events.
constexpr std::uint64_t small_journal = 256 * 1024;

// The pace of the scenarios, not a means to wait for something.
void pass(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

void restart(Site& site, int replica) {
    site.kill_ingest(replica);
    site.start_ingest(replica);
}

/// Kills ingest at once and then every `pause` seconds, for `seconds`.
void keep_killing(Site& site, double seconds, double pause) {
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    for (int turn = 0; Clock::now() < end; ++turn) {
        restart(site, turn % site.replicas());
        pass(std::min(pause, std::chrono::duration<double>(end - Clock::now()).count()));
    }
}

void kills(Site& site, double seconds) { keep_killing(site, seconds, 1.5); }

void postgres_stop(Site& site, double seconds) {
    pass(seconds * 0.2);
    site.postgres().stop();
    pass(seconds * 0.5);
    site.postgres().start();
    pass(seconds * 0.3);
}

void postgres_hang(Site& site, double seconds) {
    pass(seconds * 0.2);
    site.postgres().pause();
    pass(seconds * 0.5);
    site.postgres().resume();
    pass(seconds * 0.3);
}

void postgres_kill(Site& site, double seconds) {
    for (int times = 0; times < 2; ++times) {
        pass(seconds * 0.25);
        site.postgres().kill();
        pass(seconds * 0.1);
        site.postgres().start();
    }
    pass(seconds * 0.3);
}

void redis(Site& site, double seconds) {
    pass(seconds * 0.2);
    site.redis().kill();
    pass(seconds * 0.3);
    restart(site, 0);
    pass(seconds * 0.2);
    site.redis().start();
    pass(seconds * 0.3);
}

/// Ends when ingest has refused events: then the journal was full indeed.
void journal_full(Site& site, double seconds) {
    site.stop_ingest(0);
    site.start_ingest(0, small_journal);
    site.wait_until_ready(0);
    site.postgres().stop();
    testing::wait_until(
        [&] { return site.metric(0, "ingest_journal_refused_total") > 0; },
        std::chrono::seconds(30),
        "the journal is full"
    );
    pass(seconds * 0.2);
    site.postgres().start();
    pass(seconds * 0.3);
    site.stop_ingest(0);
    site.start_ingest(0);
}

/// Ingest dies while it writes its journal, and starts with one that is not empty.
void torn_journal(Site& site, double seconds) {
    site.postgres().stop();
    keep_killing(site, seconds * 0.6, 0.7);
    site.postgres().start();
    keep_killing(site, seconds * 0.4, 0.9);
}

void replicas(Site& site, double seconds) {
    keep_killing(site, seconds * 0.3, 1);
    site.postgres().stop();
    keep_killing(site, seconds * 0.3, 1);
    site.postgres().start();
    keep_killing(site, seconds * 0.4, 1);
}

void everything(Site& site, double seconds) {
    const double long_fault = std::min(60.0, seconds * 0.2);
    keep_killing(site, seconds * 0.08, 4);
    fmt::print("PostgreSQL hangs for {:.0f} s\n", long_fault);
    site.postgres().pause();
    keep_killing(site, long_fault, 5);
    site.postgres().resume();
    keep_killing(site, seconds * 0.08, 4);
    fmt::print("PostgreSQL is stopped for {:.0f} s\n", long_fault);
    site.postgres().stop();
    keep_killing(site, long_fault, 5);
    site.postgres().start();
    keep_killing(site, seconds * 0.08, 4);
    fmt::print("PostgreSQL is killed\n");
    site.postgres().kill();
    keep_killing(site, 5, 4);
    site.postgres().start();
    keep_killing(site, seconds * 0.08, 4);
    fmt::print("Redis is stopped\n");
    site.redis().stop();
    keep_killing(site, seconds * 0.06, 4);
    site.redis().start();
    fmt::print("The journal's room ends\n");
    journal_full(site, seconds * 0.1);
    keep_killing(site, seconds * 0.17, 4);
}

}  // namespace

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all{
        {"kills", "ingest is killed again and again", 1, kills},
        {"postgres-stop", "PostgreSQL is stopped and started", 1, postgres_stop},
        {"postgres-hang", "PostgreSQL answers nobody for a while", 1, postgres_hang},
        {"postgres-kill", "PostgreSQL is killed, twice", 1, postgres_kill},
        {"redis", "Redis is killed, and ingest started without it", 1, redis},
        {"journal-full", "PostgreSQL is away and the journal's room ends", 1, journal_full},
        {"torn-journal", "ingest is killed while it writes its journal", 1, torn_journal},
        {"replicas", "two ingests are killed in turn, PostgreSQL is stopped", 2, replicas},
        {"everything", "all of it, one after the other", 1, everything},
    };
    return all;
}

}  // namespace trunkline::faults
