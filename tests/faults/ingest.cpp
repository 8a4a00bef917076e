// scripts/faults ingest [--minutes M] [--scenario NAME [--seconds S]]: breaks ingest's surroundings
// under load and checks that every acknowledged event is stored exactly once, in the order of its
// call.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

#include "command_line.hpp"
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
    CommandLine line;
    line.purpose = "Kills and stops what ingest needs, and counts what became of its promise.";
    line.minutes = 5;
    line.rate = default_rate;
    for (const auto& scenario : scenarios()) {
        line.scenarios.emplace_back(scenario.name);
    }
    return run_from_command_line(
        argc,
        argv,
        line,
        [](std::size_t scenario, double seconds, double rate) {
            return run(scenarios()[scenario], seconds, rate);
        }
    );
}
