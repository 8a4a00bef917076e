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
    std::string key;         ///< In integrations_config: `retailcrm`, `ms`.
    std::string name;        ///< In paths: `retailcrm`, `moysklad`.
    std::string url;         ///< Its base address; empty: there is none in this installation.
    bool takes_bridge;       ///< Whether its CRM has anything for "somebody has answered".
    bool takes_update;       ///< Whether it can correct what was recorded, or add a recording.
    bool takes_dial = true;  ///< Whether it shows who rings.

    /// The enterprise's own CRM lives in this process and needs no connector.
    bool is_own() const { return key == "own"; }
};

/// Where the connectors listen; an empty address: that one is not installed.
struct ConnectorUrls {
    std::string retailcrm = "http://127.0.0.1:8019";
    std::string uon = "http://127.0.0.1:8022";
    std::string moysklad = "http://127.0.0.1:8023";
    std::string bitrix24 = "http://127.0.0.1:8024";
};

/// All CRMs of integrations_config; those without a connector, and `own`, have an empty url.
std::vector<Connector> connectors(const ConnectorUrls& urls);

/// Who gets this event, and why the others do not (key -> reason). Sections of the configuration
/// that are enabled and name no CRM that we know are among the others.
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
/// Whether dispatch_key() made it of a dial.
bool is_dial_key(const std::string& key);

}  // namespace trunkline::integration_cache
