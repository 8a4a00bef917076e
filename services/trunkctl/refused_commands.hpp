#pragma once

#include <CLI/CLI.hpp>

#include "context.hpp"

namespace trunkline::trunkctl {

/// `rejected list|show|replay` and `dead-letters list|show|replay`, asked of ingest. `work`
/// outlives the parse and gets what the chosen command does.
void add_refused_commands(CLI::App& app, Work& work);

}  // namespace trunkline::trunkctl
