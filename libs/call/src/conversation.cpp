#include "conversation.hpp"

#include <algorithm>
#include <utility>

#include "call/number.hpp"
#include "fact.hpp"

namespace trunkline::call {
namespace {

using std::chrono::milliseconds;

struct Member {
    std::string bridge;
    std::string unique_id;
    std::string number;
    bool outside = false;
    bool local = false;
    std::string partner;  ///< Of the outside party: with whom, until that one is seen to go.
};

struct Dead {
    std::string unique_id;
    base::WallTime at;
};

class Player {
public:
    Player(const std::vector<Fact>& facts, const Roles& roles, const Timers& timers, bool overflown)
        : facts_(facts), roles_(roles), timers_(timers) {
        const bool leaves = std::ranges::any_of(facts, [](const Fact& fact) {
            return fact.type == EventType::bridge_leave || fact.type == EventType::bridge_destroy;
        });
        // Old host software tells who enters a bridge and never who leaves it (row 13).
        leaves_are_told_ = leaves && !overflown;
    }

    Conversation play(base::WallTime now) {
        for (const Fact& fact : facts_) {
            expire(fact.at);
            take(fact);
            settle(fact);
        }
        finish(now);
        result_.outside_in_bridge = is_outside_in_bridge();
        result_.outside_talks = is_outside_with_someone();
        return std::move(result_);
    }

private:
    void take(const Fact& fact) {
        switch (fact.type) {
            case EventType::start:
                introduced_ = true;
                break;
            case EventType::dial:
                introduced_ = introduced_ || roles_.is_main_dial(fact);
                break;
            case EventType::bridge:
                enter(fact);
                break;
            case EventType::bridge_leave:
                leave(fact);
                break;
            case EventType::bridge_destroy:
                destroy(fact);
                break;
            case EventType::hangup:
                hang_up(fact);
                break;
            default:
                break;
        }
    }

    // ---- who is in which bridge

    void enter(const Fact& fact) {
        if (result_.end && fact.at > result_.end->moment.at + timers_.reopen) {
            return;  // Whatever this is, the chats have long moved on.
        }
        const bool is_dead = is_hung_up(fact);
        const bool is_known = is_member(fact);
        const bool is_gone =
            contains(destroyed_, fact.bridge_id);  // Late: nobody enters it any more.
        const bool is_named = !fact.bridge_id.empty() && !fact.unique_id.empty();
        if (!is_dead && !is_known && !is_gone && is_named) {
            members_.push_back(
                {fact.bridge_id,
                 fact.unique_id,
                 std::string(own_number(fact)),
                 is_party(fact),
                 fact.local,
                 {}}
            );
            had_members_ = true;
        }
        const std::string who = talker_of(fact);
        if (!who.empty()) {
            for (Member& member : members_) {
                if (member.outside && member.bridge == fact.bridge_id) {
                    member.partner = who;
                }
            }
            talk(fact, who);
        }
        if (is_party(fact) && !is_dead && !is_gone && result_.first) {
            result_.last_leave.reset();
        }
    }

    /// The outside party's leg; in an internal call, which has none, either party's.
    bool is_party(const Fact& fact) const {
        return roles_.external ? roles_.is_outside_leg(fact) : !fact.local;
    }

    bool is_member(const Fact& fact) const {
        return std::ranges::any_of(members_, [&](const Member& member) {
            return member.bridge == fact.bridge_id && member.unique_id == fact.unique_id;
        });
    }

    // A bridge event of a channel that has just hung up is late, not a new conversation.
    bool is_hung_up(const Fact& fact) const {
        return std::ranges::any_of(dead_, [&](const Dead& dead) {
            return dead.unique_id == fact.unique_id && fact.at <= dead.at + timers_.quiet;
        });
    }

    void leave(const Fact& fact) {
        const bool was_member = is_member(fact);
        remove([&](const Member& member) {
            return member.bridge == fact.bridge_id && member.unique_id == fact.unique_id;
        });
        if (!was_member && !fact.local && !is_party(fact)) {
            part_from(std::string(own_number(fact)));  // Its entering was not seen.
        }
        std::pair<std::string, std::string> key(fact.bridge_id, fact.unique_id);
        // A second leave of the same channel is the same leave told twice.
        const bool is_repeat = !was_member && contains(left_, key);
        if (is_party(fact) && !is_repeat) {
            note_leave(fact);
        }
        if (!is_repeat) {
            left_.push_back(std::move(key));
        }
    }

    void destroy(const Fact& fact) {
        const bool had_party = std::ranges::any_of(members_, [&](const Member& member) {
            return member.bridge == fact.bridge_id && member.outside;
        });
        remove([&](const Member& member) { return member.bridge == fact.bridge_id; });
        if (had_party) {
            note_leave(fact);
        }
        destroyed_.push_back(fact.bridge_id);
    }

    template <class Predicate>
    void remove(Predicate is_leaving) {
        std::vector<std::string> numbers;
        for (const Member& member : members_) {
            if (is_leaving(member) && !member.outside && !member.local) {
                numbers.push_back(member.number);
            }
        }
        std::erase_if(members_, is_leaving);
        std::ranges::for_each(numbers, [this](const std::string& number) { part_from(number); });
    }

    /// Who left cannot be the one that E is still talking with, though E's own leg may not have
    /// moved yet.
    void part_from(const std::string& number) {
        const bool stays = std::ranges::any_of(members_, [&](const Member& member) {
            return !member.outside && member.number == number;
        });
        for (Member& member : members_) {
            if (!stays && member.partner == number) {
                member.partner.clear();
            }
        }
    }

    void note_leave(const Fact& fact) {
        if (result_.first) {
            result_.last_leave = moment_of(fact);
        }
    }

    bool is_outside_in_bridge() const {
        return std::ranges::any_of(members_, [](const Member& member) { return member.outside; });
    }

    bool is_outside_with_someone() const {
        return std::ranges::any_of(members_, [this](const Member& outside) {
            if (!outside.outside || !outside.partner.empty()) {
                return outside.outside;
            }
            return std::ranges::any_of(members_, [&](const Member& other) {
                return other.bridge == outside.bridge && other.unique_id != outside.unique_id;
            });
        });
    }

    /// Somebody of ours who has not talked with E yet waits in a bridge: a consultation that may
    /// become a transfer.
    bool is_consulting() const {
        return std::ranges::any_of(members_, [this](const Member& member) {
            return !member.outside && !member.local && is_internal(member.number) &&
                   !contains(result_.talkers, member.number);
        });
    }

    // ---- who talks

    /// Which of ours talks with the outside party by this event; "" if it does not say or does not
    /// count.
    std::string talker_of(const Fact& fact) const {
        if (fact.local) {
            return {};
        }
        if (!roles_.external) {
            return internal_talker(fact);
        }
        const std::string_view own = own_number(fact);
        const std::string_view far = far_number(fact);
        if (roles_.is_outside_leg(fact)) {
            return roles_.is_inside(far) ? std::string(far) : companion(fact, false);
        }
        if (!roles_.is_inside(own)) {
            return {};
        }
        if (roles_.is_outside(far)) {
            return counts_alone(fact, own) ? std::string(own) : std::string();
        }
        // Its partner is unknown, but E is in the same bridge.
        const bool with_outside = far.empty() && !companion(fact, true).empty();
        return with_outside ? std::string(own) : std::string();
    }

    // Our own leg alone: E may still be ringing (row 11), unless the call is on its way already or
    // E is in that bridge.
    bool counts_alone(const Fact& fact, std::string_view own) const {
        const bool together = std::ranges::any_of(members_, [&](const Member& member) {
            return member.outside && member.bridge == fact.bridge_id;
        });
        const bool elsewhere = !together && is_outside_with_someone();
        if (elsewhere && contains(result_.talkers, own) && own != result_.talker) {
            return false;  // Who handed the call over is not back only because his leg still names
                           // E.
        }
        return together || introduced_ || result_.first.has_value();
    }

    std::string internal_talker(const Fact& fact) const {
        const std::string_view own = own_number(fact);
        std::string_view far = far_number(fact);
        std::string found;
        if (far.empty()) {
            found = companion(fact, false);
            far = found;
        }
        if (!is_internal(own) || !is_internal(far)) {
            return {};
        }
        return std::string(own == roles_.caller ? far : own);
    }

    /// The number of the last other member of that bridge that is (not) the outside party.
    std::string companion(const Fact& fact, bool outside) const {
        for (auto member = members_.rbegin(); member != members_.rend(); ++member) {
            const bool other =
                member->bridge == fact.bridge_id && member->unique_id != fact.unique_id;
            if (!other || member->local) {
                continue;
            }
            if (outside && member->outside) {
                return "outside";
            }
            if (!outside && roles_.is_inside(member->number) && !fact.bridge_id.empty()) {
                return member->number;
            }
        }
        return {};
    }

    void talk(const Fact& fact, const std::string& who) {
        if (result_.end) {
            if (may_reopen(fact)) {
                reopen();
            } else if (fact.at > result_.end->moment.at + timers_.quiet) {
                return;
            }
        }
        if (!result_.first) {
            result_.first = moment_of(fact);
        }
        add_once(result_.talkers, who);
        result_.talker = who;
    }

    // Row 10: E's own leg, which has not hung up, is in a conversation again.
    bool may_reopen(const Fact& fact) const {
        return roles_.external && is_outside_in_bridge() && roles_.is_outside_leg(fact) &&
               !is_hung_up(fact);
    }

    void reopen() {
        if (!result_.end->assumed) {
            pending_ = result_.end->moment;
        }
        result_.end.reset();
        result_.reopened = true;
        quiet_since_.reset();
    }

    // ---- how it ends

    void hang_up(const Fact& fact) {
        const bool was_party = std::ranges::any_of(members_, [&](const Member& member) {
            return member.unique_id == fact.unique_id && member.outside;
        });
        remove([&](const Member& member) {
            return member.unique_id == fact.unique_id && !fact.unique_id.empty();
        });
        const bool is_caller =
            roles_.is_final_hangup(fact) && !roles_.is_outside_id(fact.unique_id);
        if (is_caller && roles_.direction == Direction::out) {
            std::ranges::for_each(roles_.rang, [this](const std::string& caller) {
                part_from(caller);
            });
        }
        dead_.push_back({fact.unique_id, fact.at});
        if (was_party && roles_.external) {
            note_leave(fact);
        }
        if (roles_.is_main_hangup(fact)) {
            result_.last_hangup = moment_of(fact);
        }
        const bool is_outside_gone = pending_ && roles_.is_outside_id(fact.unique_id);
        if (result_.end || (!roles_.is_final_hangup(fact) && !is_outside_gone)) {
            note_other_hangup(fact);
            return;
        }
        const bool ends_now = !roles_.external || roles_.is_outside_id(fact.unique_id) ||
                              !leaves_are_told_ || (!is_outside_in_bridge() && !is_consulting());
        if (ends_now) {
            end_at(moment_of(fact), false);
        } else {
            pending_ = moment_of(fact);
        }
    }

    void note_other_hangup(const Fact& fact) {
        if (had_members_ && !result_.end) {
            other_hangup_ = moment_of(fact);
        }
    }

    void end_at(const Moment& moment, bool assumed) {
        result_.end = End{moment, assumed};
        pending_.reset();
        quiet_since_.reset();
    }

    /// Keeps the moment since when nothing holds the call any more, if waiting is all that is left.
    void settle(const Fact& fact) {
        const bool waits = is_waiting();
        if (!waits) {
            quiet_since_.reset();
        } else if (!quiet_since_ || (fact.type == EventType::bridge_leave && is_party(fact))) {
            quiet_since_ = moment_of(fact);
        }
    }

    bool is_waiting() const {
        if (result_.end) {
            return false;
        }
        if (pending_) {
            return !is_outside_with_someone();
        }
        return had_members_ && members_.empty() && (other_hangup_ || result_.first);
    }

    milliseconds patience() const {
        if (pending_) {
            return timers_.leave_settle;
        }
        return other_hangup_ ? timers_.quiet : timers_.lost_hangup;
    }

    void expire(base::WallTime at) {
        if (quiet_since_ && at >= quiet_since_->at + patience()) {
            end_quietly();
        }
    }

    void end_quietly() { end_at(*quiet_since_, !pending_ && !other_hangup_); }

    void finish(base::WallTime now) {
        if (!quiet_since_) {
            return;
        }
        const base::WallTime due = quiet_since_->received + patience();
        if (now >= due) {
            end_quietly();
        } else {
            result_.deadline = due;
        }
    }

    const std::vector<Fact>& facts_;
    const Roles& roles_;
    const Timers& timers_;
    bool leaves_are_told_ = false;
    bool introduced_ = false;  ///< A start or dial came before.
    bool had_members_ = false;
    std::vector<Member> members_;
    std::vector<Dead> dead_;
    std::vector<std::string> destroyed_;
    std::vector<std::pair<std::string, std::string>> left_;
    std::optional<Moment> pending_;       ///< A final hangup that the conversation outlived.
    std::optional<Moment> other_hangup_;  ///< Of another leg, when somebody had been in a bridge.
    std::optional<Moment> quiet_since_;
    Conversation result_;
};

}  // namespace

Moment moment_of(const Fact& fact) {
    return {fact.at, fact.received, fact.has_event_time, fact.recovered};
}

std::optional<std::int64_t> seconds_between(const Moment& from, const Moment& to) {
    const bool event_times = from.has_event_time && to.has_event_time;
    if (!event_times && (from.recovered || to.recovered)) {
        return std::nullopt;
    }
    const auto length = event_times ? to.at - from.at : to.received - from.received;
    if (length < length.zero()) {
        return event_times ? std::optional<std::int64_t>(0) : std::nullopt;
    }
    return std::chrono::floor<std::chrono::seconds>(length + milliseconds(500)).count();
}

Conversation conversation_of(
    const std::vector<Fact>& facts,
    const Roles& roles,
    const Timers& timers,
    bool overflown,
    base::WallTime now
) {
    return Player(facts, roles, timers, overflown).play(now);
}

}  // namespace trunkline::call
