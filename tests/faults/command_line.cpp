#include "command_line.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>

namespace trunkline::faults {

int run_from_command_line(
    int argc,
    char** argv,
    const CommandLine& line,
    const std::function<int(std::size_t scenario, double seconds, double rate)>& run
) {
    CLI::App app(line.purpose);
    std::string wanted = "everything";
    double minutes = line.minutes;
    double seconds = 0;
    double rate = line.rate;
    app.add_option("--scenario", wanted, "what to break")->check(CLI::IsMember(line.scenarios));
    app.add_option("--minutes", minutes, "how long")->check(CLI::PositiveNumber);
    app.add_option("--seconds", seconds, "the same in seconds")->check(CLI::PositiveNumber);
    if (rate > 0) {
        app.add_option("--rate", rate, "events a second of all senders")
            ->check(CLI::PositiveNumber);
    }
    CLI11_PARSE(app, argc, argv);
    try {
        const auto found = std::ranges::find(line.scenarios, wanted);
        const auto scenario = static_cast<std::size_t>(found - line.scenarios.begin());
        return run(scenario, seconds > 0 ? seconds : minutes * 60, rate);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}

}  // namespace trunkline::faults
