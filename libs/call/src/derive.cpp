#include "derive.hpp"

#include <algorithm>

#include "fact.hpp"
#include "figures.hpp"

namespace trunkline::call {
namespace {

Phase phase_of(const Roles& roles, const Conversation& conversation) {
    if (conversation.end) {
        return Phase::done;
    }
    if (conversation.first) {
        return Phase::talking;
    }
    if (roles.has_dial) {
        return Phase::dialing;
    }
    return roles.has_start ? Phase::ringing_start : Phase::none;
}

/// A dial to outside that names nobody of ours may be the leg to a group's mobile (row 12), whose
/// group is told by a dial that is late: nothing is said of it for a while.
void hold_back(Derived& derived, const LiveCall& live, const Timers& timers, base::WallTime now) {
    const Roles& roles = derived.roles;
    if (derived.call.phase != Phase::dialing || roles.has_start || !roles.rang.empty() ||
        roles.direction != Direction::out || live.call.phase != Phase::none) {
        return;
    }
    const base::WallTime due = live.opened_at + timers.quiet;
    if (now < due) {
        derived.call.phase = Phase::none;
        derived.deadline = std::min(derived.deadline.value_or(due), due);
    }
}

/// A live call of which nothing was heard for hours will not be heard of again.
void give_up(
    Conversation& conversation, const LiveCall& live, const Timers& timers, base::WallTime now
) {
    if (conversation.end || live.facts.empty() || now < live.last_event_at + timers.keep_idle) {
        return;
    }
    conversation.end = End{conversation.last_leave.value_or(moment_of(live.facts.back())), true};
}

void fill_ids(Call& call, const LiveCall& live, const Roles& roles) {
    for (const Fact& fact : live.facts) {
        // Which channel told a caller id is chance; the id may never be seen again.
        if (!fact.unique_id.empty() && fact.type != EventType::new_callerid) {
            add_once(call.unique_ids, fact.unique_id);
            if (call.unique_id.empty()) {
                call.unique_id = fact.unique_id;
            }
        }
    }
    std::ranges::sort(call.unique_ids);
    if (!roles.final_id.empty()) {
        call.unique_id = roles.final_id;
    }
}

void fill_parties(Call& call, const Roles& roles, const Conversation& conversation) {
    call.direction = roles.direction.value_or(Direction::in);
    call.line = roles.line;
    call.rang = roles.rang;
    call.talkers = conversation.talkers;
    call.talker = conversation.talker;
    call.phone = roles.phone;
    if (!roles.external) {
        call.caller = roles.caller;
        call.callee = roles.callee;
        call.phone = roles.caller;
    }
}

}  // namespace

Derived derive(const LiveCall& live, const Timers& timers, base::WallTime now) {
    Derived derived;
    derived.roles = roles_of(live.facts);
    Conversation conversation =
        conversation_of(live.facts, derived.roles, timers, live.overflown, now);
    give_up(conversation, live, timers, now);
    Call& call = derived.call;
    call.uuid = live.call.uuid;
    call.pbx = live.call.pbx;
    call.record_url = live.call.record_url;
    call.phase = phase_of(derived.roles, conversation);
    fill_ids(call, live, derived.roles);
    fill_parties(call, derived.roles, conversation);
    if (!live.facts.empty()) {
        fill_figures(call, live.facts, derived.roles, conversation);
    }
    call.end_assumed = conversation.end && conversation.end->assumed;
    derived.outside_in_bridge = conversation.outside_in_bridge;
    derived.outside_talks = conversation.outside_talks;
    derived.reopened = conversation.reopened;
    derived.deadline = conversation.deadline;
    if (conversation.end) {
        derived.closed_at = conversation.end->moment.at;
    }
    hold_back(derived, live, timers, now);
    return derived;
}

bool is_anchored(const Derived& derived) {
    return derived.roles.has_start || derived.roles.has_dial || derived.roles.has_main_hangup;
}

}  // namespace trunkline::call
