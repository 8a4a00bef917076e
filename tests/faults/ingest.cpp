// scripts/faults ingest [--minutes M] [--scenario NAME [--seconds S]]: breaks ingest's surroundings
// under load and checks that every acknowledged event is stored exactly once, in the order of its
// call.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

#include "scenarios.hpp"
#include "verdict.hpp"

using namespace trunkline::faults;

namespace {

constexpr double default_rate = 200;

int run(const Scenario& scenario, double seconds, double rate) {
    fmt::print(
        "== {}: {}, {:.0f} s at {:.0f} events/s\n", scenario.name, scenario.what, seconds, rate
    );
    std::fflush(stdout);
    Site site(scenario.replicas);
    for (int replica = 0; replica < site.replicas(); ++replica) {
        site.start_ingest(replica);
        site.wait_until_ready(replica);
    }
    site.start_exchanges(rate);
    scenario.run(site, seconds);
    site.stop_exchanges();
    site.settle();
    auto verdict = judge(site);
    // The last calls end by timers of some seconds.
    for (int tries = 0; verdict.wrong_calls > 0 && tries < 20; ++tries) {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        verdict = judge(site);
    }
    fmt::print("{}", verdict.text());
    return verdict.holds() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Kills and stops what ingest needs, and counts what became of its promise.");
    std::string wanted = "everything";
    double minutes = 5;
    double seconds = 0;
    double rate = default_rate;
    std::vector<std::string> names;
    for (const auto& scenario : scenarios()) {
        names.push_back(scenario.name);
    }
    app.add_option("--scenario", wanted, "what to break")->check(CLI::IsMember(names));
    app.add_option("--minutes", minutes, "how long")->check(CLI::PositiveNumber);
    app.add_option("--seconds", seconds, "the same in seconds")->check(CLI::PositiveNumber);
    app.add_option("--rate", rate, "events a second of all exchanges")->check(CLI::PositiveNumber);
    CLI11_PARSE(app, argc, argv);
    try {
        const auto found = std::ranges::find(scenarios(), wanted, &Scenario::name);
        return run(*found, seconds > 0 ? seconds : minutes * 60, rate);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
