#pragma once

#include <cstdint>
#include <set>

#include "playback/plan.hpp"

namespace trunkline::playback {

/// What a bad line between the exchange and us does to a call's events.
struct Disturbance {
    bool shuffle = false;
    std::set<call::EventType> drop = {};  ///< All of these.
    double drop_share = 0;                ///< And of the others this part, 0 to 1.
    double double_share = 0;              ///< This part goes twice.

    bool is_none() const {
        return !shuffle && drop.empty() && drop_share == 0 && double_share == 0;
    }
};

/// Loses, doubles and shuffles events of `plan`, in this way always the same for one `seed`. One
/// event at least is left. Takes back what cannot be known of the outcome any more. Pure.
void disturb(Plan& plan, const Disturbance& disturbance, std::uint64_t seed);

}  // namespace trunkline::playback
