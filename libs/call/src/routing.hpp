#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "call/live_call.hpp"
#include "call/tracker.hpp"
#include "derive.hpp"

namespace trunkline::call {

/// The soft rules of contract section 4: which live call an event with unknown ids may belong to.
/// They are stricter than "same number": a new call of the same customer must not be taken for the
/// one before (README, "Which call").

/// match_key of the outside numbers that an event names.
std::vector<std::string> outside_keys(const Fact& fact);
/// The two of ours that an event names, and nobody else. The first one is the caller where the
/// event says so.
std::optional<std::pair<std::string, std::string>> internal_pair(const Fact& fact);

/// The keys by which a call is found: rule 3.
std::vector<std::string> phone_keys_of(const LiveCall& live, const Derived& derived);
/// The internal numbers by which a call is found: rules 4 and 5.
std::vector<std::string> internal_keys_of(const Derived& derived);

/// Rule 3; also a mobile that the call rings.
bool fits_outside(
    const Fact& fact, const LiveCall& live, const Derived& derived, const Timers& timers
);
/// Rule 4.
bool fits_consultation(
    const Fact& fact,
    const std::pair<std::string, std::string>& pair,
    const Derived& derived,
    const Timers& timers
);
/// Rule 5.
bool fits_pair(
    const Fact& fact,
    const std::pair<std::string, std::string>& pair,
    const LiveCall& live,
    const Derived& derived,
    const Timers& timers
);
/// How well a bridge's inner party fits: of two calls of one number, the one that rings or has that
/// extension.
int affinity(const Fact& fact, const Derived& derived);

}  // namespace trunkline::call
