#pragma once

#include <CLI/CLI.hpp>

#include "context.hpp"

namespace trunkline::trunkctl {

/// `enterprise add|list|show|set|remove|set-integration|set-primary`. `work` outlives the parse and
/// gets what the chosen command does.
void add_enterprise_commands(CLI::App& app, Work& work);

}  // namespace trunkline::trunkctl
