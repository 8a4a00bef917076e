#include "ledger_rules.hpp"

#include <algorithm>
#include <set>

namespace trunkline::ingest {
namespace {

using Exchanges = std::map<std::string, ExchangeSequence, std::less<>>;

void count_event(LedgerDelta& delta, Exchanges& exchanges, const PendingEvent& event) {
    auto& figures = delta.figures[{event.pbx, hour_of(event.received_at)}];
    ++(event.recovered ? figures.recovered : figures.received);
    if (!event.seq) {
        return;
    }
    auto& exchange = exchanges[event.pbx];
    exchange.pbx = event.pbx;
    const auto news = take_number(exchange, *event.seq, event.recovered, event.received_at);
    figures.missing += news.missed;
    figures.restarts += news.restarted ? 1 : 0;
    if (news.filled) {
        figures.late += event.recovered ? 0 : 1;
        --delta.figures[{event.pbx, hour_of(news.missed_since)}].missing;
    }
}

using GapKey = std::pair<std::int64_t, std::int64_t>;

std::map<GapKey, SequenceGap> by_key(const std::vector<SequenceGap>& gaps) {
    std::map<GapKey, SequenceGap> out;
    for (const auto& gap : gaps) {
        out.emplace(GapKey{gap.epoch, gap.first}, gap);
    }
    return out;
}

void note_gaps(
    LedgerDelta& delta, const ExchangeSequence& exchange, const std::vector<SequenceGap>& stored
) {
    const auto before = by_key(stored);
    const auto after = by_key(exchange.gaps);
    for (const auto& [key, gap] : before) {
        if (!after.contains(key)) {
            delta.closed.push_back({exchange.pbx, gap});
        }
    }
    for (const auto& [key, gap] : after) {
        const auto old = before.find(key);
        if (old == before.end() || old->second != gap) {
            delta.opened.push_back({exchange.pbx, gap});
        }
    }
}

bool has_beginning(const call::LiveCall& live) {
    return std::ranges::any_of(live.facts, [](const call::Fact& fact) {
        return fact.type == call::EventType::start || fact.type == call::EventType::dial;
    });
}

/// Whether an earlier batch can have noted it: something came after its end had been told.
bool may_be_noted(const call::LiveCall& live) {
    return live.ends > 1 || live.call.corrected || live.call.reopened > 0 ||
           (live.told_end && *live.told_end < live.checked_at);
}

/// `live` is null for a call that ended and was over at once: it was silent for hours.
void note_call(
    LedgerDelta& delta, const call::Call& call, const call::LiveCall* live, base::WallTime now
) {
    const bool outside = call.direction != call::Direction::internal;
    LedgerDelta::IncompleteCall incomplete{
        .uuid = call.uuid,
        .pbx = call.pbx,
        .noticed = now,
        .without_end = call.end_assumed,
        // An internal call that nobody answers gives a hangup and nothing else.
        .without_beginning = outside && live != nullptr && !has_beginning(*live)
    };
    if (incomplete.without_end || incomplete.without_beginning) {
        delta.incomplete.push_back(std::move(incomplete));
    } else if (live == nullptr || may_be_noted(*live)) {
        delta.complete.push_back(call.uuid);
    }
}

void note_calls(
    LedgerDelta& delta,
    const CorrelationResult& result,
    const call::Tracker& tracker,
    base::WallTime now
) {
    std::set<std::string> seen;
    for (const auto& call : result.finished) {
        if (seen.insert(call.uuid).second) {
            note_call(delta, call, tracker.find(call.uuid), now);
        }
    }
    // The hangup that was missed may come and change nothing that people see.
    for (const auto& link : result.links) {
        const auto* live = tracker.find(link.call_uuid);
        if (live != nullptr && live->call.phase == call::Phase::done &&
            seen.insert(link.call_uuid).second) {
            note_call(delta, live->call, live, now);
        }
    }
    for (const auto& absorbed : result.absorbed) {
        delta.complete.push_back(absorbed.uuid);
    }
}

}  // namespace

LedgerDelta account(
    const std::vector<ExchangeSequence>& known,
    const std::vector<EventPointer>& events,
    const CorrelationResult& result,
    const call::Tracker& tracker,
    base::WallTime now
) {
    LedgerDelta delta;
    Exchanges exchanges;
    for (const auto& exchange : known) {
        exchanges.emplace(exchange.pbx, exchange);
    }
    for (const auto& event : events) {
        count_event(delta, exchanges, *event);
    }
    for (auto& [pbx, exchange] : exchanges) {
        const auto stored = std::ranges::find(known, pbx, &ExchangeSequence::pbx);
        note_gaps(
            delta, exchange, stored == known.end() ? std::vector<SequenceGap>{} : stored->gaps
        );
        exchange.gaps.clear();
        delta.sequences.push_back(std::move(exchange));
    }
    note_calls(delta, result, tracker, now);
    return delta;
}

std::set<std::pair<std::string, std::string>> numbering_exchanges(
    const std::vector<EventPointer>& events
) {
    std::set<std::pair<std::string, std::string>> exchanges;
    for (const auto& event : events) {
        if (event->seq) {
            exchanges.emplace(event->enterprise_number, event->pbx);
        }
    }
    return exchanges;
}

}  // namespace trunkline::ingest
