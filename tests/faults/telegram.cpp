// scripts/faults telegram [--minutes M] [--scenario NAME [--seconds S]]: kills notifiers and lets
// Telegram fail under load, and checks that every chat shows every call's end.
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
#include "telegram_verdict.hpp"

using namespace trunkline::faults;

namespace {

constexpr double default_rate = 200;

using Clock = std::chrono::steady_clock;

// The pace of the scenarios, not a means to wait for something.
void pass(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

void keep_killing(TelegramSite& site, double seconds, double pause) {
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    for (int turn = 0; Clock::now() < end; ++turn) {
        pass(std::min(pause, std::chrono::duration<double>(end - Clock::now()).count()));
        site.kill_notifier(turn % site.notifiers());
        site.start_notifier(turn % site.notifiers());
    }
}

void kills(TelegramSite& site, double seconds) { keep_killing(site, seconds, 2.5); }

/// The faults meet some of the requests, for the middle part of the time.
void with_faults(TelegramSite& site, double seconds, const std::vector<std::string>& faults) {
    pass(seconds * 0.2);
    for (const auto& fault : faults) {
        site.fault(fault + R"(,"times":-1)");
    }
    pass(seconds * 0.6);
    site.clear_faults();
    pass(seconds * 0.2);
}

void server_errors(TelegramSite& site, double seconds) {
    with_faults(
        site,
        seconds,
        {R"("kind":"status","status":500,"percent":20)",
         R"("kind":"status","status":504,"percent":20,"done":true)"}
    );
}

void floods(TelegramSite& site, double seconds) {
    with_faults(site, seconds, {R"("kind":"status","status":429,"retry_after":2,"percent":20)"});
}

void garbage(TelegramSite& site, double seconds) {
    with_faults(
        site,
        seconds,
        {R"("kind":"garbage","percent":20)", R"("kind":"garbage","percent":20,"done":true)"}
    );
}

void never(TelegramSite& site, double seconds) {
    with_faults(site, seconds, {R"("kind":"never","delay_ms":20000)"});
}

void everything(TelegramSite& site, double seconds) {
    const double part = seconds / 6;
    keep_killing(site, part, 4);
    for (const auto* fault :
         {R"("kind":"status","status":500,"percent":50)",
          R"("kind":"status","status":429,"retry_after":3,"percent":30)",
          R"("kind":"garbage","percent":50,"done":true)",
          R"("kind":"never","delay_ms":20000)"}) {
        fmt::print("{{{}}} for {:.0f} s\n", fault, part);
        std::fflush(stdout);
        site.fault(std::string(fault) + R"(,"times":-1)");
        keep_killing(site, part, 5);
        site.clear_faults();
    }
    keep_killing(site, part, 4);
}

struct Scenario {
    std::string name;
    std::string what;
    int notifiers = 1;
    std::function<void(TelegramSite&, double)> run;
};

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all{
        {"kills", "the notifier is killed again and again", 1, kills},
        {"replicas", "two notifiers are killed in turn", 2, kills},
        {"server-errors", "Telegram answers 500 and 504, done or not", 1, server_errors},
        {"floods", "Telegram answers 429", 1, floods},
        {"garbage", "Telegram answers no JSON, done or not", 1, garbage},
        {"never", "Telegram does not answer at all", 1, never},
        {"everything", "all of it under kills, one after the other", 2, everything},
    };
    return all;
}

int run(const Scenario& scenario, double seconds, double rate) {
    fmt::print(
        "== {}: {}, {:.0f} s at {:.0f} events/s\n", scenario.name, scenario.what, seconds, rate
    );
    std::fflush(stdout);
    TelegramSite site(scenario.notifiers);
    site.start_exchanges(rate);
    scenario.run(site, seconds);
    site.stop_exchanges();
    site.settle();
    const auto verdict = judge(site);
    fmt::print("{}", verdict.text());
    return verdict.holds() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line;
    line.purpose = "Kills notifiers, lets Telegram fail, and counts what the chats show.";
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
