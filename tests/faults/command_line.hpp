#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace trunkline::faults {

struct CommandLine {
    std::string purpose;                 ///< The first line of --help.
    std::vector<std::string> scenarios;  ///< One of them is `everything`, the default.
    double minutes = 5;                  ///< If nothing else is said.
    double rate = 0;  ///< Of events a second, if nothing else is said; 0: no --rate.
};

/// Reads `--scenario`, `--minutes` or `--seconds`, and `--rate`, and calls `run` with the
/// scenario's place in the list. Returns what the process should end with: that of `run`, 1 after
/// an exception (told on standard error), CLI11's for a wrong usage.
int run_from_command_line(
    int argc,
    char** argv,
    const CommandLine& line,
    const std::function<int(std::size_t scenario, double seconds, double rate)>& run
);

}  // namespace trunkline::faults
