#pragma once

#include <map>
#include <string>
#include <vector>

#include "call/call.hpp"
#include "contract/dispatch.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::integration_cache {

/// A connector as the gateway knows it.
struct Connector {
    std::string key;    ///< In integrations_config: `retailcrm`, `ms`.
    std::string name;   ///< In paths: `retailcrm`, `moysklad`.
    std::string url;    ///< Its base address; empty: there is none in this installation.
    bool takes_bridge;  ///< Whether its CRM has anything for "somebody has answered".
    bool takes_update;  ///< Whether it can correct what was recorded, or add a recording.
};

/// All CRMs of integrations_config; those without a connector have an empty url.
std::vector<Connector> connectors(const std::string& retailcrm_url);

/// Who gets this event, and why the others do not (key -> reason).
struct Targets {
    std::vector<const Connector*> send;
    std::map<std::string, std::string> skipped;
};
Targets targets_of(
    const std::vector<Connector>& connectors,
    const tenants::Enterprise& enterprise,
    const call::Call& call,
    call::DispatchKind kind
);

/// What tells two dispatches of one call apart, so that a repeat is known: the kind, and for a dial
/// who rings, for a bridge who talks, for an update which state of the call it tells.
std::string dispatch_key(call::DispatchKind kind, const call::Call& call);

/// The call as far as one raw event tells it, for senders of the seed's four members alone. Its
/// uuid is made from enterprise and UniqueId, so that a call's events agree.
base::Result<call::Call> derive_call(
    const tenants::Enterprise& enterprise, const contract::Dispatch& dispatch
);

}  // namespace trunkline::integration_cache
