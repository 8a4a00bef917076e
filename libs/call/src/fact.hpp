#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "call/event.hpp"
#include "call/live_call.hpp"
#include "call/number.hpp"

namespace trunkline::call {

/// What a call keeps of an event. `timezone` is the host's, for its local times.
Fact make_fact(const Event& event, const std::string& timezone);

/// The order of facts: event time, then the place of the type in a usual call (times often have
/// whole seconds only), then the shorter list (stepwise ringing). Equal ones stay in order of
/// arrival.
bool comes_before(const Fact& a, const Fact& b);

/// Puts it where it belongs. False, and nothing done, if the same event is there already.
bool insert_fact(std::vector<Fact>& facts, Fact fact);

/// Whether the type speaks of a channel in a bridge: bridge, bridge_leave.
bool is_membership(const Fact& fact);

/// A number that can take part in a conversation; lines count as none.
std::string_view own_number(const Fact& fact);
/// ConnectedLineNum, and Exten where that one is unknown.
std::string_view far_number(const Fact& fact);

template <class List, class Value>
bool contains(const List& list, const Value& value) {
    for (const auto& item : list) {
        if (item == value) {
            return true;
        }
    }
    return false;
}

template <class Value>
bool add_once(std::vector<std::string>& list, const Value& value) {
    if (contains(list, value)) {
        return false;
    }
    list.emplace_back(value);
    return true;
}

}  // namespace trunkline::call
