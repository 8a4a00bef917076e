#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "compiled_rule.hpp"
#include "numbers/plan.hpp"

namespace trunkline::numbers {

/// A plan, compiled.
struct Plan::Parts {
    std::uint64_t serial = 0;
    std::string region;  ///< As the enterprise has it; perhaps there is no plan for it.
    std::unordered_set<std::string> lines;
    std::vector<CompiledRule> rules;  ///< In the order in which they are tried.
    std::vector<std::string> lines_with_rules;
};

/// The work itself. `steps` null: nobody wants to know why.
Identity identify(
    const Plan::Parts& parts, std::string_view raw, std::string_view line, std::vector<Step>* steps
);

}  // namespace trunkline::numbers
