#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace trunkline::ingest {

/// Numbers of an exchange's counter that were left out and have not come, both ends included.
struct SequenceGap {
    std::int64_t epoch = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
    base::WallTime noticed;  ///< Receipt of the event that showed the gap.

    bool operator==(const SequenceGap&) const = default;
};

/// How far the counter (X-Event-Seq) of one exchange has come.
struct ExchangeSequence {
    std::string pbx;
    bool begun = false;  ///< A number was seen; what came before the first one is not missed.
    std::int64_t epoch = 0;
    std::int64_t highest = 0;
    /// Numbers in a row that do not fit the counter: perhaps it has begun anew.
    std::int64_t run_last = 0;
    int run_length = 0;
    std::vector<SequenceGap> gaps;  ///< In no order, `max_gaps` at the most.
};

/// A greater leap forward is taken for another counter, not for lost events.
constexpr std::int64_t max_leap = 1'000'000;
/// Of a recovered event: history may be older than the counter, so it moves it no further.
constexpr std::int64_t max_recovered_leap = 1'000;
/// The oldest ones are given up beyond this; their numbers stay missing.
constexpr std::size_t max_gaps = 256;

/// What one number told.
struct SequenceNews {
    bool filled = false;  ///< It had been missed, since `missed_since`.
    base::WallTime missed_since;
    std::int64_t missed = 0;  ///< Numbers newly found left out.
    bool restarted = false;   ///< The counter has begun anew; no number counts as missed.
};

/// Takes one number in, in the order of arrival. Events may come in any order: a number below the
/// highest fills its gap, or has come before and tells nothing. A counter has begun anew when
/// numbers that cannot be its own come in a row, each one more than the last: two from 0 or 1 on,
/// three that are far away, twenty that are near. Recovered events never begin one.
SequenceNews take_number(
    ExchangeSequence& exchange, std::int64_t number, bool recovered, base::WallTime received
);

}  // namespace trunkline::ingest
