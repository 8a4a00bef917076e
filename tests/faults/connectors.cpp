// scripts/faults connectors [--minutes M] [--scenario NAME [--seconds S]]: all four connectors
// under calls, while their CRMs fail in every way, are dead, or the connectors are killed. Each CRM
// must end with each call's record exactly once, within its limits, and a dead one must delay no
// other.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "command_line.hpp"
#include "connectors_site.hpp"
#include "connectors_verdict.hpp"

using namespace trunkline;
using namespace trunkline::faults;

namespace {

using Clock = std::chrono::steady_clock;

/// Of all six enterprises: what Bitrix24's 1.9 requests a second and portal bear for ever.
constexpr double default_rate = 6;

struct Scenario {
    const char* name;
    const char* what;
    /// Breaks things for `seconds`.
    std::function<void(ConnectorsSite& site, double seconds)> run;
    std::string dead = {};  ///< This CRM answers nobody until the others have everything.
};

// The pace of the scenarios, not a means to wait for something.
void pass(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

/// Does `turn` again and again for `seconds`, `pause` seconds apart.
void keep(double seconds, double pause, const std::function<void(std::size_t)>& turn) {
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    for (std::size_t times = 0; Clock::now() < end; ++times) {
        turn(times);
        pass(std::min(pause, std::chrono::duration<double>(end - Clock::now()).count()));
    }
}

std::string fault(const std::string& crm, const std::string& rest) {
    return R"({"api":")" + crm + R"(",)" + rest + "}";
}

/// Each CRM in each way, done or not.
void crm_failures(ConnectorsSite& site, double seconds) {
    static const std::vector<std::string> ways{
        R"("kind":"status","status":500,"times":2)",
        R"("kind":"status","status":500,"done":true)",
        R"("kind":"status","status":503,"body":"<html>maintenance</html>","times":2)",
        R"("kind":"status","status":429,"times":2)",
        R"("kind":"reset","times":2)",
        R"("kind":"reset","done":true,"times":2)",
        R"("kind":"garbage","times":2)",
        R"("kind":"garbage","done":true)",
        R"("kind":"lose","delay_ms":12000)",
        R"("kind":"never","delay_ms":12000)",
    };
    keep(seconds, 0.7, [&](std::size_t turn) {
        for (std::size_t crm = 0; crm < ConnectorsSite::crms().size(); ++crm) {
            // Another way for each, so that none of them meets all failures at one time.
            const auto& way = ways[(turn + 3 * crm) % ways.size()];
            site.break_crm(fault(ConnectorsSite::crms()[crm], way));
        }
    });
    site.break_crm("");
}

void connector_kills(ConnectorsSite& site, double seconds) {
    keep(seconds, 0.5, [&](std::size_t turn) {
        const auto& crm = ConnectorsSite::crms()[turn % ConnectorsSite::crms().size()];
        site.kill(crm);
        site.start(crm);
    });
}

void die(ConnectorsSite& site, const std::string& crm) {
    site.break_crm(fault(crm, R"("kind":"status","status":503,"times":-1)"));
}

void dead_uon(ConnectorsSite& site, double seconds) {
    die(site, "uon");
    pass(seconds);
}

void dead_moysklad(ConnectorsSite& site, double seconds) {
    site.break_crm(fault("moysklad", R"("kind":"never","delay_ms":20000,"times":-1)"));
    pass(seconds);
}

void everything(ConnectorsSite& site, double seconds) {
    crm_failures(site, seconds * 0.4);
    connector_kills(site, seconds * 0.4);
    for (const auto& crm : ConnectorsSite::crms()) {
        fmt::print("{} is dead\n", crm);
        std::fflush(stdout);
        die(site, crm);
        pass(seconds * 0.05);
        site.break_crm("");
    }
}

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all{
        {"crm-failures", "each CRM fails in every way", crm_failures},
        {"connector-kills", "the connectors are killed again and again", connector_kills},
        {"dead-uon", "U-ON answers 503 all the time", dead_uon, "uon"},
        {"dead-moysklad", "MoySklad does not answer at all", dead_moysklad, "moysklad"},
        {"everything", "all of it, one after the other", everything},
    };
    return all;
}

/// The records of the others are there while `dead` is.
bool others_are_not_delayed(ConnectorsSite& site, const std::string& dead) {
    bool holds = true;
    for (const auto& crm : ConnectorsSite::crms()) {
        if (crm == dead) {
            continue;
        }
        const auto begun = Clock::now();
        std::uint64_t missing = missing_in(site, crm);
        while (missing > 0 && Clock::now() - begun < std::chrono::seconds(20)) {
            pass(0.2);
            missing = missing_in(site, crm);
        }
        fmt::print("while {} is dead, {} lacks {} records\n", dead, crm, missing);
        holds = holds && missing == 0;
    }
    const auto kept_back = missing_in(site, dead);
    fmt::print("{} itself lacks {}\n", dead, kept_back);
    return holds && kept_back > 0;
}

int run(const Scenario& scenario, double seconds, double rate) {
    fmt::print(
        "== {}: {}, {:.0f} s at {:.0f} events/s\n", scenario.name, scenario.what, seconds, rate
    );
    std::fflush(stdout);
    ConnectorsSite site;
    site.wait_until_ready();
    site.start_callers(rate);
    scenario.run(site, seconds);
    site.wait_until_ready();
    site.stop_callers();
    bool holds = true;
    if (!scenario.dead.empty()) {
        holds = others_are_not_delayed(site, scenario.dead);
        site.break_crm("");
    }
    site.settle();
    const auto verdict = judge(site);
    fmt::print("{}", verdict.text());
    return holds && verdict.holds() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line;
    line.purpose = "Breaks CRMs and their connectors under calls, and counts the records.";
    line.minutes = 3;
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
