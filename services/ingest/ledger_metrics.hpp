#pragma once

#include <string>

#include "ledger_delta.hpp"
#include "metrics/registry.hpp"

namespace trunkline::ingest {

/// The ledger's alarms as counters by exchange. An exchange without losses has no series; beyond
/// the registry's bound exchanges share one.
class LedgerMetrics {
public:
    explicit LedgerMetrics(metrics::Registry& registry) : registry_(registry) {}

    /// Of a batch that was committed.
    void note(const std::string& enterprise, const LedgerDelta& delta);

private:
    metrics::Registry& registry_;
};

}  // namespace trunkline::ingest
