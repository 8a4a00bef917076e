#include "routing.hpp"

#include <algorithm>

#include "call/number.hpp"
#include "fact.hpp"

namespace trunkline::call {
namespace {

bool is_soon_enough(const Fact& fact, const Derived& derived, const Timers& timers) {
    return !derived.closed_at || fact.at <= *derived.closed_at + timers.reorder;
}

bool is_late_enough(const Fact& fact, const LiveCall& live, const Timers& timers) {
    return !live.facts.empty() && fact.at >= live.facts.front().at - timers.orphan;
}

bool has_same_line(const Fact& fact, const Roles& roles) {
    return fact.trunk.empty() || roles.trunks.empty() || contains(roles.trunks, fact.trunk);
}

// A start is the first event of its call: it can only complete a call that was opened by a leg.
bool fits_start(
    const Fact& fact, const LiveCall& live, const Derived& derived, const Timers& timers
) {
    return !is_anchored(derived) && fact.at <= live.facts.front().at + timers.reorder;
}

// A dial with an id of its own belongs to a call that has none yet: further dials repeat the first
// one's id, and a second call to or from the same number has its own.
bool fits_dial(const Fact& fact, const Derived& derived) {
    if (derived.roles.has_dial || derived.closed_at) {
        return false;
    }
    const bool out = fact.call_type == CallType::outbound || is_internal(fact.own);
    const auto direction = derived.roles.direction;
    return !direction || *direction == (out ? Direction::out : Direction::in);
}

bool fits_mobile(
    const Fact& fact, const LiveCall& live, const Derived& derived, const Timers& timers
) {
    if (fact.type == EventType::start || derived.closed_at) {
        return false;
    }
    for (const Fact& known : live.facts) {
        if (known.type == EventType::dial && derived.roles.is_main_dial(known)) {
            return fact.at >= known.at - timers.reorder;
        }
    }
    return false;
}

}  // namespace

std::vector<std::string> outside_keys(const Fact& fact) {
    std::vector<std::string> keys;
    const auto add = [&](std::string_view number) {
        if (is_external(number)) {
            add_once(keys, match_key(number));
        }
    };
    if (fact.type == EventType::start || fact.type == EventType::dial ||
        fact.type == EventType::hangup) {
        add(outside_number(fact));
        return keys;
    }
    add(own_number(fact));
    add(fact.other);
    add(fact.exten);
    return keys;
}

std::optional<std::pair<std::string, std::string>> internal_pair(const Fact& fact) {
    std::string_view first = own_number(fact);
    std::string_view second = far_number(fact);
    if (fact.type == EventType::dial || fact.type == EventType::hangup) {
        second = fact.extensions.empty() ? std::string_view()
                                         : std::string_view(fact.extensions.front());
    }
    if (!is_internal(first) || !is_internal(second)) {
        return std::nullopt;
    }
    return std::pair(std::string(first), std::string(second));
}

std::vector<std::string> phone_keys_of(const LiveCall& live, const Derived& derived) {
    std::vector<std::string> keys = derived.roles.mobiles;
    if (!derived.roles.phone_key.empty()) {
        add_once(keys, derived.roles.phone_key);
        return keys;
    }
    for (const Fact& fact : live.facts) {
        if (is_membership(fact)) {
            for (const std::string& key : outside_keys(fact)) {
                add_once(keys, key);
            }
        }
    }
    return keys;
}

std::vector<std::string> internal_keys_of(const Derived& derived) {
    std::vector<std::string> keys;
    const auto add = [&](const std::string& number) {
        if (is_internal(number)) {
            add_once(keys, number);
        }
    };
    std::ranges::for_each(derived.call.talkers, add);
    if (!derived.roles.external) {
        add(derived.roles.caller);
        add(derived.roles.callee);
        std::ranges::for_each(derived.roles.rang, add);
    }
    return keys;
}

bool fits_outside(
    const Fact& fact, const LiveCall& live, const Derived& derived, const Timers& timers
) {
    const Roles& roles = derived.roles;
    if (!is_late_enough(fact, live, timers) || !is_soon_enough(fact, derived, timers)) {
        return false;
    }
    const auto keys = outside_keys(fact);
    const bool is_outside = roles.phone_key.empty() || contains(keys, roles.phone_key);
    if (!is_outside) {
        const bool rings = std::ranges::any_of(keys, [&](const std::string& key) {
            return contains(roles.mobiles, key);
        });
        return rings && fits_mobile(fact, live, derived, timers);
    }
    if (!has_same_line(fact, roles)) {
        return false;
    }
    if (fact.type == EventType::start) {
        return fits_start(fact, live, derived, timers);
    }
    return fact.type != EventType::dial || fits_dial(fact, derived);
}

bool fits_consultation(
    const Fact& fact,
    const std::pair<std::string, std::string>& pair,
    const Derived& derived,
    const Timers& timers
) {
    const Call& call = derived.call;
    if (!derived.roles.external || !call.answered_at || !is_soon_enough(fact, derived, timers)) {
        return false;
    }
    if (call.phase == Phase::talking && fact.at + timers.reorder < *call.answered_at) {
        return false;
    }
    // Who is called by somebody else while talking is not consulting: his phone is just busy.
    const bool names_caller = fact.type == EventType::dial || fact.type == EventType::hangup;
    return contains(call.talkers, pair.first) ||
           (!names_caller && contains(call.talkers, pair.second));
}

bool fits_pair(
    const Fact& fact,
    const std::pair<std::string, std::string>& pair,
    const LiveCall& live,
    const Derived& derived,
    const Timers& timers
) {
    const Roles& roles = derived.roles;
    if (roles.external || !is_soon_enough(fact, derived, timers) ||
        !is_late_enough(fact, live, timers)) {
        return false;
    }
    if (fact.type == EventType::dial && (roles.has_dial || derived.closed_at)) {
        return false;
    }
    const auto known = internal_keys_of(derived);
    return contains(known, pair.first) && contains(known, pair.second) &&
           (pair.first == roles.caller || pair.second == roles.caller || roles.caller.empty());
}

int affinity(const Fact& fact, const Derived& derived) {
    // Who calls again at once is talked to in the new call, not in the one that has ended.
    if (derived.closed_at) {
        return 0;
    }
    for (const std::string_view number : {own_number(fact), far_number(fact)}) {
        if (!derived.roles.is_inside(number)) {
            continue;
        }
        if (number == derived.call.talker) {
            return 2;
        }
        if (derived.call.phase < Phase::talking && contains(derived.call.rang, number)) {
            return 1;
        }
    }
    return 0;
}

}  // namespace trunkline::call
