// scripts/faults dispatch [--minutes M] [--scenario NAME [--seconds S]]: kills the gateway and
// connectors under load, lets CRMs fail in every way, and checks that each CRM ends with exactly
// the events that it should have, in the order of their call.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "command_line.hpp"
#include "dispatch_site.hpp"
#include "dispatch_verdict.hpp"

using namespace trunkline;
using namespace trunkline::faults;

namespace {

using Clock = std::chrono::steady_clock;

constexpr double default_rate = 60;

struct Scenario {
    const char* name;
    const char* what;
    int replicas;
    /// Breaks things for `seconds` and leaves everything running.
    std::function<void(DispatchSite& site, double seconds)> run;
};

// The pace of the scenarios, not a means to wait for something.
void pass(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

/// Does `turn` again and again for `seconds`, `pause` seconds apart.
void keep(double seconds, double pause, const std::function<void(int)>& turn) {
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    for (int times = 0; Clock::now() < end; ++times) {
        turn(times);
        pass(std::min(pause, std::chrono::duration<double>(end - Clock::now()).count()));
    }
}

void restart_gateway(DispatchSite& site, int turn) {
    const int replica = turn % site.replicas();
    site.kill_gateway(replica);
    site.start_gateway(replica);
}

void gateway_kills(DispatchSite& site, double seconds) {
    keep(seconds, 1.2, [&](int turn) { restart_gateway(site, turn); });
}

void connector_kills(DispatchSite& site, double seconds) {
    keep(seconds, 0.9, [&](int) {
        site.kill_retailcrm();
        site.start_retailcrm();
    });
}

/// One after another: errors, lost answers, silence, resets, nobody there.
void crm_failures(DispatchSite& site, double seconds) {
    using testing::Fault;
    auto& uon = site.connectors().at("uon")->neighbour();
    auto& moysklad = site.connectors().at("moysklad")->neighbour();
    auto& bitrix24 = site.connectors().at("bitrix24")->neighbour();
    keep(seconds, 1.5, [&](int turn) {
        uon.fail_next(Fault::answer_status(500), 3);
        uon.fail_next(Fault::lose_answer(), 2);
        moysklad.fail_next(Fault::reset(), 3);
        moysklad.fail_next(Fault::break_off_after(20), 2);
        bitrix24.fail_next(Fault::never_answer(), 2);
        bitrix24.fail_next(Fault::garbage(), 2);
        site.break_crm(
            R"({"api":"retailcrm","kind":"status","match":"call","status":500,"times":3})"
        );
        site.break_crm(R"({"api":"retailcrm","kind":"garbage","match":"call","times":2})");
        site.break_crm(
            R"({"api":"retailcrm","kind":"status","match":"calls/upload","status":503,"retry_after":1,"times":2})"
        );
        // Done, but the answer comes too late for the connector.
        site.break_crm(R"({"api":"retailcrm","kind":"lose","match":"call","times":2})");
        if (turn % 2 == 0) {
            moysklad.refuse();
        } else {
            moysklad.accept();
        }
    });
    moysklad.accept();
    for (auto* neighbour : {&uon, &moysklad, &bitrix24}) {
        neighbour->clear_faults();
    }
    site.break_crm("");
}

void replicas(DispatchSite& site, double seconds) {
    keep(seconds * 0.4, 0.8, [&](int turn) { restart_gateway(site, turn); });
    site.postgres().stop();
    pass(seconds * 0.2);
    site.postgres().start();
    keep(seconds * 0.4, 0.8, [&](int turn) { restart_gateway(site, turn); });
}

void everything(DispatchSite& site, double seconds) {
    for (int round = 0; round < 3; ++round) {
        fmt::print("round {}\n", round + 1);
        std::fflush(stdout);
        gateway_kills(site, seconds * 0.08);
        connector_kills(site, seconds * 0.08);
        crm_failures(site, seconds * 0.08);
        replicas(site, seconds * 0.09);
    }
}

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all{
        {"gateway-kills", "integration-cache is killed again and again", 1, gateway_kills},
        {"connector-kills", "the RetailCRM connector is killed again and again", 1, connector_kills
        },
        {"crm-failures", "connectors and CRMs fail in every way", 1, crm_failures},
        {"replicas", "two gateways are killed in turn, PostgreSQL is stopped", 2, replicas},
        {"everything", "all of it, one after the other", 2, everything},
    };
    return all;
}

int run(const Scenario& scenario, double seconds, double rate) {
    fmt::print(
        "== {}: {}, {:.0f} s at {:.0f} events/s\n", scenario.name, scenario.what, seconds, rate
    );
    std::fflush(stdout);
    DispatchSite site(scenario.replicas);
    site.wait_until_ready();
    site.start_callers(rate);
    scenario.run(site, seconds);
    site.wait_until_ready();
    site.stop_callers();
    site.settle();
    const auto verdict = judge(site);
    fmt::print("{}", verdict.text());
    return verdict.holds() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line;
    line.purpose = "Kills and breaks what takes calls to CRMs, and counts what became of them.";
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
