#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "call/tracker.hpp"
#include "correlation_store.hpp"
#include "ledger_delta.hpp"
#include "sequence_rules.hpp"

namespace trunkline::ingest {

/// What a correlated batch of one enterprise's events changes in the books. `known` are the
/// counters as stored, of every exchange that has a number in the batch (others may be absent and
/// are then new). `result` is what the batch did to the calls, `tracker` the state after it, `now`
/// the moment of a time-out. Pure.
LedgerDelta account(
    const std::vector<ExchangeSequence>& known,
    const std::vector<EventPointer>& events,
    const CorrelationResult& result,
    const call::Tracker& tracker,
    base::WallTime now
);

/// The exchanges, enterprise and name, that number their events in this batch, each once.
std::set<std::pair<std::string, std::string>> numbering_exchanges(
    const std::vector<EventPointer>& events
);

}  // namespace trunkline::ingest
