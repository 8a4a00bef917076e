#include "sequence_rules.hpp"

#include <algorithm>
#include <tuple>

namespace trunkline::ingest {
namespace {

constexpr std::int64_t near = 1'000;
constexpr int run_from_the_start = 2;
constexpr int run_far_away = 3;
constexpr int run_near = 20;

/// The gap that has the number. A recovered event may belong to the counter's earlier life.
std::vector<SequenceGap>::iterator gap_of(
    ExchangeSequence& exchange, std::int64_t number, bool recovered
) {
    auto best = exchange.gaps.end();
    for (auto gap = exchange.gaps.begin(); gap != exchange.gaps.end(); ++gap) {
        const bool holds = gap->first <= number && number <= gap->last;
        const bool may = gap->epoch == exchange.epoch || recovered;
        if (holds && may && (best == exchange.gaps.end() || gap->epoch > best->epoch)) {
            best = gap;
        }
    }
    return best;
}

void add_gap(ExchangeSequence& exchange, SequenceGap gap) {
    if (exchange.gaps.size() >= max_gaps) {
        exchange.gaps
            .erase(std::ranges::min_element(exchange.gaps, [](const auto& a, const auto& b) {
                return std::tie(a.epoch, a.noticed, a.first) <
                       std::tie(b.epoch, b.noticed, b.first);
            }));
    }
    exchange.gaps.push_back(gap);
}

/// Takes the number out of its gap: shrinks it, splits it or closes it.
void fill(
    ExchangeSequence& exchange, std::vector<SequenceGap>::iterator place, std::int64_t number
) {
    const auto gap = *place;
    exchange.gaps.erase(place);
    if (gap.first < number) {
        exchange.gaps.push_back({gap.epoch, gap.first, number - 1, gap.noticed});
    }
    if (number < gap.last) {
        add_gap(exchange, {gap.epoch, number + 1, gap.last, gap.noticed});
    }
}

int run_needed(const ExchangeSequence& exchange, std::int64_t first) {
    // A counter below twenty is passed again before a new beginning could be told from a repeat.
    if (first <= 1 && exchange.highest >= run_near) {
        return run_from_the_start;
    }
    const bool is_far = first > exchange.highest || exchange.highest - first >= near;
    return is_far ? run_far_away : run_near;
}

/// A number that is neither missed nor next. True: the counter has begun anew with it.
bool has_begun_anew(ExchangeSequence& exchange, std::int64_t number) {
    const bool goes_on = exchange.run_length > 0 && number == exchange.run_last + 1;
    exchange.run_length = goes_on ? exchange.run_length + 1 : 1;
    exchange.run_last = number;
    if (exchange.run_length < run_needed(exchange, number - exchange.run_length + 1)) {
        return false;
    }
    ++exchange.epoch;
    exchange.highest = number;
    exchange.run_length = 0;
    exchange.run_last = 0;
    return true;
}

void advance(ExchangeSequence& exchange, std::int64_t number) {
    exchange.highest = number;
    exchange.run_length = 0;
    exchange.run_last = 0;
}

}  // namespace

SequenceNews take_number(
    ExchangeSequence& exchange, std::int64_t number, bool recovered, base::WallTime received
) {
    SequenceNews news;
    if (!exchange.begun) {
        exchange.begun = true;
        exchange.highest = number;
        return news;
    }
    if (const auto gap = gap_of(exchange, number, recovered); gap != exchange.gaps.end()) {
        news.filled = true;
        news.missed_since = gap->noticed;
        fill(exchange, gap, number);
        return news;
    }
    const auto leap = number - exchange.highest;
    if (leap > 0 && leap <= (recovered ? max_recovered_leap : max_leap)) {
        news.missed = leap - 1;
        if (news.missed > 0) {
            add_gap(exchange, {exchange.epoch, exchange.highest + 1, number - 1, received});
        }
        advance(exchange, number);
        return news;
    }
    if (leap != 0 && !recovered) {
        news.restarted = has_begun_anew(exchange, number);
    }
    return news;
}

}  // namespace trunkline::ingest
