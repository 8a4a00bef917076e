#pragma once

#include <vector>

#include "contract/connector.hpp"
#include "contract/dispatch.hpp"
#include "crm_targets.hpp"
#include "dispatch_store.hpp"
#include "tenants/directory.hpp"

namespace trunkline::integration_cache {

/// Takes an event for the CRMs: what it has answered is in the queue `crm`, for every CRM that is
/// to have it. One executor.
class Dispatcher {
public:
    Dispatcher(
        DispatchStore& store, tenants::Directory& directory, std::vector<Connector> connectors
    );

    /// not_found: unknown Token. unavailable: nothing was accepted, or (commit_unknown) perhaps:
    /// repeat it.
    asio::awaitable<base::Result<contract::DispatchAnswer>> accept(
        contract::Dispatch dispatch, std::string trace_id, net::Deadline deadline
    );

    const std::vector<Connector>& connectors() const { return connectors_; }

private:
    asio::awaitable<base::Result<contract::DispatchAnswer>> accept_call(
        const tenants::Enterprise& enterprise,
        const contract::Dispatch& dispatch,
        call::Call call,
        std::string trace_id
    );

    DispatchStore& store_;
    tenants::Directory& directory_;
    std::vector<Connector> connectors_;
};

}  // namespace trunkline::integration_cache
