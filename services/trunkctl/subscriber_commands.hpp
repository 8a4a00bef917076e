#pragma once

#include "context.hpp"

namespace CLI {
class App;
}

namespace trunkline::trunkctl {

/// `subscriber invite|list|set|remove`, below the subcommand `subscriber`. `work` outlives the
/// parse and gets what the chosen command does.
void add_subscriber_commands(CLI::App& subscriber, Work& work);

}  // namespace trunkline::trunkctl
