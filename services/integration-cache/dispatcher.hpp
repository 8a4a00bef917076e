#pragma once

#include <string>
#include <vector>

#include "contract/dispatch.hpp"
#include "crm_targets.hpp"
#include "dispatch_store.hpp"
#include "metrics/registry.hpp"
#include "tenants/directory.hpp"

namespace trunkline::integration_cache {

/// Takes an event for the CRMs: what it has answered is in the queue `crm`, for every CRM that is
/// to have it. One executor.
class Dispatcher {
public:
    Dispatcher(
        DispatchStore& store,
        tenants::Directory& directory,
        std::vector<Connector> connectors,
        metrics::Registry& registry
    );

    /// not_found: unknown Token. unavailable: nothing was accepted, or (commit_unknown) perhaps:
    /// repeat it. invalid_input: it has no `call`, and the raw event tells of none.
    asio::awaitable<base::Result<contract::DispatchAnswer>> accept(
        contract::Dispatch dispatch, std::string trace_id, net::Deadline deadline
    );

    const std::vector<Connector>& connectors() const { return connectors_; }

private:
    void count(const DispatchPlan& plan);

    DispatchStore& store_;
    tenants::Directory& directory_;
    std::vector<Connector> connectors_;
    metrics::Counter& accepted_;
    metrics::Counter& repeats_;
    metrics::Counter& synthetic_dials_;
    metrics::Counter& overtaken_;
};

}  // namespace trunkline::integration_cache
