#pragma once

#include <functional>
#include <string>
#include <vector>

#include "site.hpp"

namespace trunkline::faults {

/// Something that is done to a site while exchanges send.
struct Scenario {
    std::string name;
    std::string what;
    int replicas = 1;
    /// Breaks things for `seconds` and leaves everything running.
    std::function<void(Site& site, double seconds)> run;
};

/// The last is the long run, which has all of the others in it.
const std::vector<Scenario>& scenarios();

}  // namespace trunkline::faults
