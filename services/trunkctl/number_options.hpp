#pragma once

#include "context.hpp"

namespace CLI {
class App;
}

namespace trunkline::trunkctl {

/// `number-rule add|list|remove` and `number explain`. `app` and `work` must outlive the parsing.
void add_number_commands(CLI::App& app, Work& work);

}  // namespace trunkline::trunkctl
