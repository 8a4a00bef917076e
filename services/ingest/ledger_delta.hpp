#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "sequence_rules.hpp"

namespace trunkline::ingest {

/// Amounts to add to one row of event_ledger; `missing` may be negative.
struct LedgerFigures {
    std::int64_t received = 0;
    std::int64_t recovered = 0;
    std::int64_t repeated = 0;
    std::int64_t refused = 0;
    std::int64_t missing = 0;
    std::int64_t late = 0;
    std::int64_t restarts = 0;

    bool operator==(const LedgerFigures&) const = default;
};

/// Exchange and hour.
using LedgerPlace = std::pair<std::string, std::chrono::sys_time<std::chrono::hours>>;

inline std::chrono::sys_time<std::chrono::hours> hour_of(base::WallTime time) {
    return std::chrono::floor<std::chrono::hours>(time);
}

/// What a batch of one enterprise's events changes in the books, written in the batch's own commit.
struct LedgerDelta {
    std::map<LedgerPlace, LedgerFigures> figures;
    struct ExchangeGap {
        std::string pbx;
        SequenceGap gap;
    };
    std::vector<ExchangeSequence> sequences;  ///< To be stored anew, without their gaps.
    std::vector<ExchangeGap> closed;          ///< Rows to be deleted.
    std::vector<ExchangeGap> opened;          ///< Rows to be stored, perhaps over one of theirs.
    struct IncompleteCall {
        std::string uuid;
        std::string pbx;
        base::WallTime noticed;
        bool without_end = false;
        bool without_beginning = false;
    };
    std::vector<IncompleteCall> incomplete;
    std::vector<std::string> complete;  ///< Calls that may have a row of theirs and need none.
};

}  // namespace trunkline::ingest
