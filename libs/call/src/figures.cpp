#include "figures.hpp"

#include <algorithm>
#include <optional>

#include "call/number.hpp"
#include "fact.hpp"

namespace trunkline::call {
namespace {

using std::chrono::seconds;

/// What the hangups of the call's parties say.
struct Hangups {
    bool answered = false;
    std::vector<std::string> extensions;  ///< Of the first that names anybody.
    std::string cause;                    ///< Of the last that names one.
    std::optional<base::WallTime> start;  ///< Host's clock, the earliest.
    std::optional<base::WallTime> end;    ///< Host's clock, the latest.
};

Hangups hangups_of(const std::vector<Fact>& facts, const Roles& roles) {
    Hangups hangups;
    for (const Fact& fact : facts) {
        if (fact.type != EventType::hangup || !roles.is_main_hangup(fact)) {
            continue;
        }
        hangups.answered = hangups.answered || fact.call_status == CallStatus::answered;
        if (hangups.extensions.empty()) {
            hangups.extensions = fact.extensions;
        }
        if (!fact.cause.empty()) {
            hangups.cause = fact.cause;
        }
        if (fact.host_start && (!hangups.start || *fact.host_start < *hangups.start)) {
            hangups.start = fact.host_start;
        }
        if (fact.host_end && (!hangups.end || *fact.host_end > *hangups.end)) {
            hangups.end = fact.host_end;
        }
    }
    return hangups;
}

/// When the call began on our side; none if only its end was seen.
std::optional<Moment> begin_of(const std::vector<Fact>& facts, const Roles& roles) {
    for (const Fact& fact : facts) {
        const bool leads = fact.type == EventType::start || fact.type == EventType::dial ||
                           fact.type == EventType::bridge;
        if (leads && !roles.is_side(fact)) {
            return moment_of(fact);
        }
    }
    return std::nullopt;
}

/// Who answered, when no bridge told it: the hangup's extension, else whom the last bridge or the
/// dial names.
std::string answerer_of(const Call& call, const Hangups& hangups, const std::vector<Fact>& facts) {
    for (const std::string& extension : hangups.extensions) {
        if (kind_of(extension) == NumberKind::internal ||
            kind_of(extension) == NumberKind::external) {
            return extension;
        }
    }
    if (call.direction != Direction::internal) {
        for (auto fact = facts.rbegin(); fact != facts.rend(); ++fact) {
            if (fact->type == EventType::bridge && !fact->local && is_internal(fact->own)) {
                return fact->own;
            }
        }
    }
    return call.rang.empty() ? std::string() : call.rang.front();
}

class Figures {
public:
    Figures(
        Call& call,
        const std::vector<Fact>& facts,
        const Roles& roles,
        const Conversation& conversation
    )
        : call_(call),
          facts_(facts),
          conversation_(conversation),
          hangups_(hangups_of(facts, roles)),
          begin_(begin_of(facts, roles)) {}

    void fill() {
        call_.started_at = begin_ ? begin_->at : facts_.front().at;
        call_.answered = conversation_.first.has_value();
        if (conversation_.first) {
            call_.answered_at = conversation_.first->at;
            call_.wait_s = waited().value_or(0);
        }
        call_.hangup_cause = hangups_.cause;
        if (call_.phase == Phase::done) {
            fill_outcome();
            fill_lengths();
        }
    }

private:
    void fill_outcome() {
        call_.answered = call_.answered || hangups_.answered;
        if (call_.answered && call_.talkers.empty()) {
            const std::string answerer = answerer_of(call_, hangups_, facts_);
            if (!answerer.empty()) {
                call_.talkers.push_back(answerer);
                call_.talker = answerer;
            }
        }
    }

    // Durations come from one clock each: the host's times with the host's, ours with ours.
    void fill_lengths() {
        const std::optional<std::int64_t> known =
            host_length().or_else([this] { return own_length(); });
        const std::int64_t whole = known.value_or(talked().value_or(0));
        call_.talk_s = call_.answered ? std::min(talked().value_or(whole), whole) : 0;
        if (!call_.answered) {
            call_.wait_s = whole;
        } else if (conversation_.first) {
            const std::int64_t rest = std::max<std::int64_t>(0, whole - call_.talk_s);
            call_.wait_s = std::min(waited().value_or(rest), rest);
        } else {
            call_.wait_s = 0;
        }
        place(whole);
    }

    /// EndTime - the earlier of StartTime and DateReceived, plus what was talked after that hangup
    /// (row 10).
    std::optional<std::int64_t> host_length() const {
        if (!hangups_.start || !hangups_.end || *hangups_.end < *hangups_.start) {
            return std::nullopt;
        }
        const auto length = std::chrono::round<seconds>(*hangups_.end - *hangups_.start).count();
        return length + outlasted();
    }

    /// How long the conversation outlived the last hangup.
    std::int64_t outlasted() const {
        if (!conversation_.end || !conversation_.last_hangup) {
            return 0;
        }
        const Moment& hangup = *conversation_.last_hangup;
        const Moment& end = conversation_.end->moment;
        return end.at > hangup.at ? seconds_between(hangup, end).value_or(0) : 0;
    }

    Moment end_moment() const {
        return conversation_.end ? conversation_.end->moment : moment_of(facts_.back());
    }

    std::optional<std::int64_t> own_length() const {
        return begin_ ? seconds_between(*begin_, end_moment()) : std::nullopt;
    }

    /// From the first conversation to E's last leave, else to the end; none if nobody saw it.
    std::optional<std::int64_t> talked() const {
        if (!conversation_.first) {
            return std::nullopt;
        }
        return seconds_between(
            *conversation_.first, conversation_.last_leave.value_or(end_moment())
        );
    }

    /// Until the answer; none if the answer is the first that we saw.
    std::optional<std::int64_t> waited() const {
        if (!begin_ || !conversation_.first || begin_->at == conversation_.first->at) {
            return std::nullopt;
        }
        return seconds_between(*begin_, *conversation_.first);
    }

    void place(std::int64_t whole) {
        if (hangups_.start) {
            call_.started_at = *hangups_.start;
        } else if (hangups_.end) {
            call_.started_at = *hangups_.end - seconds(whole);
        }
        call_.ended_at = call_.started_at + seconds(whole);
        if (call_.answered) {
            call_.answered_at = call_.started_at + seconds(call_.wait_s);
        }
    }

    Call& call_;
    const std::vector<Fact>& facts_;
    const Conversation& conversation_;
    Hangups hangups_;
    std::optional<Moment> begin_;
};

}  // namespace

void fill_figures(
    Call& call, const std::vector<Fact>& facts, const Roles& roles, const Conversation& conversation
) {
    Figures(call, facts, roles, conversation).fill();
}

}  // namespace trunkline::call
