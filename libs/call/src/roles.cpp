#include "roles.hpp"

#include <algorithm>

#include "call/number.hpp"
#include "fact.hpp"

namespace trunkline::call {
namespace {

bool has_parties(const Fact& fact) {
    return fact.type == EventType::start || fact.type == EventType::dial ||
           fact.type == EventType::hangup;
}

/// start, dial, hangup between two of ours. A dialled group may have mobiles in it.
bool is_between_internals(const Fact& fact) {
    const bool group = std::ranges::any_of(fact.extensions, is_internal);
    return is_internal(fact.own) && (group || fact.extensions.empty());
}

/// A dial that rings a list, rather than one that leads outside.
bool is_ringing(const Fact& fact) {
    return fact.type == EventType::dial && (!is_internal(fact.own) || fact.extensions.size() > 1);
}

bool is_hidden_outside(const Fact& fact) {
    if (fact.type == EventType::start) {
        return own_number(fact).empty();
    }
    return own_number(fact).empty() && fact.call_type && *fact.call_type != CallType::internal;
}

bool is_internal_pair(const Fact& fact) {
    return fact.type == EventType::bridge && is_internal(own_number(fact)) &&
           is_internal(far_number(fact));
}

/// The outside number of a bridge of one of ours with somebody outside.
std::string_view bridged_outside(const Fact& fact) {
    if (!is_membership(fact) || fact.local) {
        return {};
    }
    const std::string_view own = own_number(fact);
    const std::string_view far = far_number(fact);
    if (is_external(own) && !is_external(far)) {
        return own;
    }
    return is_external(far) && is_internal(own) ? far : std::string_view();
}

class RolesBuilder {
public:
    explicit RolesBuilder(const std::vector<Fact>& facts) : facts_(facts) {
        for (const Fact& fact : facts_) {
            if (is_ringing(fact)) {
                for (const std::string& extension : fact.extensions) {
                    if (match_key(extension) != match_key(fact.own)) {
                        rung_.push_back(match_key(extension));
                    }
                }
            }
        }
    }

    Roles build() {
        find_start();
        find_phone();
        find_externality();
        find_ids();
        find_rang();
        find_direction();
        find_lines();
        if (!roles_.external) {
            find_internal_parties();
        }
        find_final_id();
        find_main_hangup();
        return std::move(roles_);
    }

private:
    void find_start() {
        for (const Fact& fact : facts_) {
            if (fact.type == EventType::start) {
                roles_.has_start = true;
                start_id_ = fact.unique_id;
                return;
            }
        }
    }

    // An inbound call's E comes from its start, or its dial; a mobile of the group has a dial 1 of
    // its own, which must not be taken for the call's.
    void find_phone() {
        set_phone(from_starts());
        set_phone(from_dials(true));
        set_phone(from_dials(false));
        set_phone(from_bridges());
        set_phone(from_hangups());
        set_phone(from_caller_ids());
        prefer_plus();
    }

    bool is_rung(std::string_view number) const { return contains(rung_, match_key(number)); }

    void set_phone(std::string_view number) {
        if (roles_.phone.empty() && !number.empty()) {
            roles_.phone = number;
            roles_.phone_key = match_key(number);
        }
    }

    std::string_view from_starts() const {
        for (const Fact& fact : facts_) {
            if (fact.type == EventType::start && is_external(fact.own)) {
                return fact.own;
            }
        }
        return {};
    }

    std::string_view from_dials(bool inbound) const {
        for (const Fact& fact : facts_) {
            if (fact.type != EventType::dial) {
                continue;
            }
            const bool is_inbound = fact.call_type == CallType::inbound;
            const bool is_own = !roles_.has_start || is_inbound || fact.unique_id == start_id_;
            const std::string_view outside = outside_number(fact);
            if (is_own && is_inbound == inbound && !outside.empty() && !is_rung(outside)) {
                return outside;
            }
        }
        return {};
    }

    std::string_view from_bridges() const {
        for (const Fact& fact : facts_) {
            const std::string_view outside = bridged_outside(fact);
            if (!outside.empty() && !is_rung(outside)) {
                return outside;
            }
        }
        return {};
    }

    std::string_view from_hangups() const {
        for (const Fact& fact : facts_) {
            const std::string_view outside = outside_number(fact);
            const bool is_own = !roles_.has_start || fact.unique_id == start_id_;
            if (fact.type == EventType::hangup && is_own && !outside.empty() && !is_rung(outside)) {
                return outside;
            }
        }
        return {};
    }

    // Only E's own channel, or a channel of ours that says whom it is connected to: our own outside
    // numbers turn up as caller ids too.
    std::string_view from_caller_ids() const {
        for (const Fact& fact : facts_) {
            if (fact.type != EventType::new_callerid || fact.local) {
                continue;
            }
            if (fact.unique_id == start_id_ && is_external(fact.own)) {
                return fact.own;
            }
            if (is_internal(fact.own) && is_external(fact.other)) {
                return fact.other;
            }
        }
        return {};
    }

    // The same number comes with and without `+`; the fuller writing does not depend on which event
    // came first.
    void prefer_plus() {
        if (roles_.phone.empty() || roles_.phone.starts_with('+')) {
            return;
        }
        for (const Fact& fact : facts_) {
            for (const std::string* number : {&fact.own, &fact.other, &fact.exten}) {
                if (number->starts_with('+') && match_key(*number) == roles_.phone_key) {
                    roles_.phone = *number;
                    return;
                }
            }
        }
    }

    void find_externality() {
        if (!roles_.phone.empty()) {
            roles_.external = true;
            return;
        }
        bool internal = false;
        bool hidden = false;
        for (const Fact& fact : facts_) {
            internal = internal || is_internal_pair(fact) ||
                       (has_parties(fact) && is_between_internals(fact));
            hidden = hidden || (has_parties(fact) && is_hidden_outside(fact) &&
                                fact.type != EventType::hangup);
            hidden_hangup_ =
                hidden_hangup_ || (fact.type == EventType::hangup && is_hidden_outside(fact));
        }
        roles_.external = hidden || (!internal && hidden_hangup_);
    }

    void find_ids() {
        for (const Fact& fact : facts_) {
            if (fact.local) {
                add_once(roles_.side_ids, fact.unique_id);
            }
        }
        for (const Fact& fact : facts_) {
            if (fact.type == EventType::start) {
                add_id(roles_.main_ids, fact.unique_id);
                if (roles_.external) {
                    add_id(roles_.outside_ids, fact.unique_id);
                }
            }
        }
        for (const Fact& fact : facts_) {
            if (fact.type == EventType::dial) {
                find_dial_ids(fact);
            }
        }
        for (const Fact& fact : facts_) {
            if (fact.type == EventType::bridge && !fact.local &&
                roles_.is_outside(own_number(fact))) {
                add_id(roles_.outside_ids, fact.unique_id);
            }
        }
    }

    void find_dial_ids(const Fact& fact) {
        if (!roles_.is_main_dial(fact)) {
            add_id(roles_.side_ids, fact.unique_id);
            return;
        }
        roles_.has_dial = true;
        add_id(roles_.main_ids, fact.unique_id);
        if (roles_.external && fact.call_type == CallType::inbound) {
            add_id(roles_.outside_ids, fact.unique_id);
        }
    }

    static void add_id(std::vector<std::string>& ids, const std::string& id) {
        if (!id.empty()) {
            add_once(ids, id);
        }
    }

    void find_rang() {
        for (const Fact& fact : facts_) {
            if (fact.type == EventType::dial && roles_.is_main_dial(fact)) {
                add_rang(fact);
            }
        }
        if (!roles_.rang.empty()) {
            return;
        }
        for (const Fact& fact : facts_) {
            if (fact.type == EventType::hangup && roles_.is_main_hangup(fact)) {
                add_rang(fact);
            }
        }
    }

    void add_rang(const Fact& fact) {
        if (roles_.external && is_internal(fact.own)) {
            add_once(roles_.rang, fact.own);  // An internal phone that dialled outside.
            return;
        }
        for (const std::string& extension : fact.extensions) {
            const NumberKind kind = kind_of(extension);
            if (kind == NumberKind::external) {
                add_once(roles_.mobiles, match_key(extension));
            }
            if (kind == NumberKind::external || kind == NumberKind::internal) {
                add_once(roles_.rang, extension);
            }
        }
    }

    void find_direction() {
        if (!roles_.external) {
            roles_.direction = Direction::internal;
            return;
        }
        for (const Fact& fact : facts_) {
            roles_.direction = told_by(fact);
            if (roles_.direction) {
                return;
            }
        }
    }

    std::optional<Direction> told_by(const Fact& fact) const {
        switch (fact.type) {
            case EventType::start:
                return Direction::in;
            case EventType::dial:
                return roles_.is_main_dial(fact) ? of_call_type(fact) : std::nullopt;
            case EventType::hangup:
                return roles_.is_main_hangup(fact) ? of_call_type(fact) : std::nullopt;
            case EventType::bridge:
                return told_by_bridge(fact);
            default:
                return std::nullopt;
        }
    }

    // CallType 2 with an outside number is a branch of a transferred call and tells nothing.
    static std::optional<Direction> of_call_type(const Fact& fact) {
        if (is_internal(fact.own)) {
            return Direction::out;
        }
        if (fact.call_type == CallType::inbound) {
            return Direction::in;
        }
        return fact.call_type == CallType::outbound ? std::optional(Direction::out) : std::nullopt;
    }

    // Rows 1 and 4: E's leg entered by a line; our leg dialled E.
    std::optional<Direction> told_by_bridge(const Fact& fact) const {
        if (fact.local) {
            return std::nullopt;
        }
        const std::string_view own = own_number(fact);
        if (roles_.is_outside(own) && kind_of(fact.exten) == NumberKind::line) {
            return Direction::in;
        }
        if (is_internal(own) && roles_.is_outside(fact.exten)) {
            return Direction::out;
        }
        return std::nullopt;
    }

    void find_lines() {
        for (const Fact& fact : facts_) {
            if (fact.trunk.empty() || !has_parties(fact)) {
                continue;
            }
            add_once(roles_.trunks, fact.trunk);
            const bool leads = fact.type == EventType::start ||
                               (fact.type == EventType::dial && roles_.is_main_dial(fact));
            if (leads) {
                roles_.line = fact.trunk;
            }
        }
        for (const Fact& fact : facts_) {
            if (roles_.line.empty() && fact.type == EventType::hangup &&
                roles_.is_main_hangup(fact)) {
                roles_.line = fact.trunk;
            }
        }
    }

    // Best evidence first: a dial, the caller's own leg (it alone has an Exten), a hangup, any
    // bridge.
    void find_internal_parties() {
        for (const EventType type : {EventType::start, EventType::dial}) {
            for (const Fact& fact : facts_) {
                if (fact.type == type) {
                    set_parties(fact.own, first_extension(fact));
                }
            }
        }
        for (const Fact& fact : facts_) {
            if (is_internal_pair(fact) && !fact.local && !fact.exten.empty()) {
                caller_leg_ = roles_.caller.empty() ? fact.unique_id : caller_leg_;
                set_parties(own_number(fact), far_number(fact));
            }
        }
        for (const Fact& fact : facts_) {
            if (fact.type == EventType::hangup) {
                set_parties(fact.own, first_extension(fact));
            }
        }
        for (const Fact& fact : facts_) {
            if (is_internal_pair(fact) && !fact.local) {
                set_parties(far_number(fact), own_number(fact));
            }
        }
        if (roles_.rang.empty() && !roles_.callee.empty()) {
            roles_.rang.push_back(roles_.callee);
        }
    }

    static std::string_view first_extension(const Fact& fact) {
        return fact.extensions.empty() ? std::string_view()
                                       : std::string_view(fact.extensions.front());
    }

    void set_parties(std::string_view caller, std::string_view callee) {
        if (roles_.caller.empty() && is_internal(caller)) {
            roles_.caller = caller;
        }
        if (roles_.callee.empty() && is_internal(callee) && callee != roles_.caller) {
            roles_.callee = callee;
        }
    }

    void find_final_id() {
        if (!roles_.main_ids.empty()) {
            roles_.final_id = roles_.main_ids.front();
            return;
        }
        if (!roles_.external) {
            roles_.final_id = caller_leg_;
            return;
        }
        for (const Fact& fact : facts_) {
            if (fact.type != EventType::bridge || fact.local || !roles_.direction) {
                continue;
            }
            const std::string_view own = own_number(fact);
            const bool caller = roles_.direction == Direction::in
                                    ? roles_.is_outside(own)
                                    : is_internal(own) && roles_.is_outside(fact.exten);
            if (caller) {
                roles_.final_id = fact.unique_id;
                return;
            }
        }
    }

    void find_main_hangup() {
        roles_.has_main_hangup = std::ranges::any_of(facts_, [this](const Fact& fact) {
            return fact.type == EventType::hangup && roles_.is_main_hangup(fact);
        });
    }

    const std::vector<Fact>& facts_;
    std::vector<std::string> rung_;  ///< match_key of all that were rung: mobiles of ours, never E.
    Roles roles_;
    std::string start_id_;
    std::string caller_leg_;
    bool hidden_hangup_ = false;
};

}  // namespace

Roles roles_of(const std::vector<Fact>& facts) { return RolesBuilder(facts).build(); }

std::string_view outside_number(const Fact& fact) {
    if (is_external(fact.own)) {
        return fact.own;
    }
    const bool dialled_out = is_internal(fact.own) && fact.extensions.size() == 1;
    return dialled_out && is_external(fact.extensions.front()) ? fact.extensions.front()
                                                               : std::string_view();
}

bool Roles::is_outside(std::string_view number) const {
    return !phone_key.empty() && match_key(number) == phone_key;
}

bool Roles::is_mobile(std::string_view number) const {
    return is_external(number) && contains(mobiles, match_key(number)) && !is_outside(number);
}

bool Roles::is_inside(std::string_view number) const {
    return is_internal(number) || is_mobile(number);
}

bool Roles::is_outside_leg(const Fact& fact) const {
    if (!external || fact.local) {
        return false;
    }
    return is_outside(own_number(fact)) || contains(outside_ids, fact.unique_id);
}

bool Roles::is_outside_id(std::string_view unique_id) const {
    return external && contains(outside_ids, unique_id);
}

bool Roles::is_side(const Fact& fact) const {
    return fact.local ||
           (contains(side_ids, fact.unique_id) && !contains(main_ids, fact.unique_id) &&
            !contains(outside_ids, fact.unique_id));
}

bool Roles::is_main_dial(const Fact& fact) const {
    if (!external) {
        return is_internal(fact.own);
    }
    if (!phone_key.empty() && match_key(outside_number(fact)) == phone_key) {
        return true;
    }
    if (is_internal(fact.own)) {
        return false;
    }
    return own_number(fact).empty() || contains(main_ids, fact.unique_id);
}

bool Roles::is_main_hangup(const Fact& fact) const {
    if (is_side(fact)) {
        return false;
    }
    if (contains(main_ids, fact.unique_id) || contains(outside_ids, fact.unique_id)) {
        return true;
    }
    if (!external) {
        return true;
    }
    const std::string_view outside = outside_number(fact);
    return outside.empty() ? !is_internal(fact.own) : is_outside(outside);
}

bool Roles::is_final_hangup(const Fact& fact) const {
    return is_main_hangup(fact) && (final_id.empty() || fact.unique_id == final_id);
}

}  // namespace trunkline::call
