#include "compose.hpp"

#include <algorithm>
#include <tuple>

#include "fact.hpp"

namespace trunkline::call {
namespace {

bool has_new_member(const std::vector<std::string>& before, const std::vector<std::string>& after) {
    return std::ranges::any_of(after, [&](const std::string& item) {
        return !contains(before, item);
    });
}

/// A finished call comes back only when the outside party really talks again, not because a late
/// event makes its end less certain for a moment.
bool is_reopened(const Call& told, const Derived& derived) {
    return told.phase == Phase::done && derived.call.phase == Phase::talking &&
           (derived.outside_talks || (derived.reopened && derived.outside_in_bridge));
}

void keep_outcome(Call& fresh, const Call& told) {
    fresh.started_at = told.started_at;
    fresh.answered_at = told.answered_at;
    fresh.ended_at = told.ended_at;
    fresh.answered = told.answered;
    fresh.talk_s = told.talk_s;
    fresh.wait_s = told.wait_s;
    fresh.end_assumed = told.end_assumed;
    if (fresh.talkers.empty()) {
        fresh.talkers = told.talkers;
    }
}

void keep_phase(Call& fresh, const Call& told) {
    if (fresh.phase >= told.phase) {
        return;
    }
    fresh.phase = told.phase;
    if (fresh.talker.empty()) {
        fresh.talker = told.talker;
    }
    if (told.phase == Phase::done) {
        keep_outcome(fresh, told);
    }
}

auto figures(const Call& call) {
    return std::tie(
        call.direction,
        call.phone,
        call.rang,
        call.talkers,
        call.started_at,
        call.ended_at,
        call.talk_s,
        call.wait_s,
        call.answered,
        call.caller,
        call.callee
    );
}

auto details(const Call& call) {
    return std::tie(call.direction, call.phone, call.line, call.caller, call.callee);
}

}  // namespace

Change compose(
    LiveCall& live, const Derived& derived, const Timers& timers, base::WallTime now, bool recovered
) {
    const Call told = std::move(live.call);
    Call fresh = derived.call;
    Change change;
    change.previous = told.phase;
    change.reopened = is_reopened(told, derived);
    if (!change.reopened) {
        keep_phase(fresh, told);
    }
    change.opened = told.phase == Phase::none && fresh.phase != Phase::none;
    change.phase_changed = told.phase != fresh.phase;
    change.dialled = derived.roles.has_dial && has_new_member(told.rang, fresh.rang);
    change.new_talker = has_new_member(told.talkers, fresh.talkers);
    change.talker_changed = fresh.phase == Phase::talking && told.talker != fresh.talker;
    change.details_changed = fresh.phase != Phase::none && details(told) != details(fresh);
    change.ended = fresh.phase == Phase::done && told.phase != Phase::done;
    change.ended_before = live.ends > 0;
    const bool stays_done = fresh.phase == Phase::done && told.phase == Phase::done;
    change.corrected = stays_done && figures(told) != figures(fresh);

    fresh.reopened = told.reopened + (change.reopened ? 1 : 0);
    fresh.corrected = told.corrected || change.corrected || (change.ended && change.ended_before);
    fresh.recovered = told.recovered;
    if (change.corrected) {
        const bool late = live.told_end && now >= *live.told_end + timers.reopen;
        fresh.recovered = recovered && late;
    }
    if (change.ended) {
        ++live.ends;
        live.told_end = now;
    }
    fresh.revision = told.revision;
    if (!(fresh == told)) {
        ++fresh.revision;
    }
    live.call = std::move(fresh);
    live.checked_at = now;
    change.call = live.call;
    return change;
}

}  // namespace trunkline::call
