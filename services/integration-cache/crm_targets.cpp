#include "crm_targets.hpp"

#include <algorithm>
#include <utility>

#include "json/document.hpp"

namespace trunkline::integration_cache {
namespace {

std::string reason_to_skip(
    const Connector& connector,
    const tenants::Enterprise& enterprise,
    const call::Call& call,
    call::DispatchKind kind
) {
    if (!enterprise.is_enabled(connector.key)) {
        return "disabled";
    }
    if (call.direction == call::Direction::internal) {
        return "internal call";
    }
    if (connector.url.empty() && !connector.is_own()) {
        return "no connector in this installation";
    }
    if (kind == call::DispatchKind::dial && !connector.takes_dial) {
        return "takes no dial";
    }
    if (kind == call::DispatchKind::bridge && !connector.takes_bridge) {
        return "takes no bridge";
    }
    if (kind == call::DispatchKind::update && !connector.takes_update) {
        return "cannot change what it has recorded";
    }
    return {};
}

/// An operator who has misspelt a CRM's name sees it in every answer.
void add_unknown(const tenants::Enterprise& enterprise, Targets& targets) {
    const auto& known = tenants::integration_keys();
    for (const auto& [key, section] : enterprise.integrations.root().members()) {
        const bool is_known = key == "smart" || std::ranges::find(known, key) != known.end();
        if (!is_known && enterprise.is_enabled(key)) {
            targets.skipped.emplace(key, "unknown integration");
        }
    }
}

std::string joined(std::vector<std::string> parts) {
    std::ranges::sort(parts);
    std::string out;
    for (const auto& part : parts) {
        out += out.empty() ? part : "," + part;
    }
    return out;
}

}  // namespace

std::vector<Connector> connectors(const ConnectorUrls& urls) {
    return {
        {.key = "retailcrm",
         .name = "retailcrm",
         .url = urls.retailcrm,
         .takes_bridge = false,
         .takes_update = false},
        {.key = "ms",
         .name = "moysklad",
         .url = urls.moysklad,
         .takes_bridge = true,
         .takes_update = true},
        {.key = "uon", .name = "uon", .url = urls.uon, .takes_bridge = false, .takes_update = false
        },
        {.key = "bitrix24",
         .name = "bitrix24",
         .url = urls.bitrix24,
         .takes_bridge = true,
         .takes_update = true},
        {.key = "own",
         .name = "own",
         .url = "",
         .takes_bridge = false,
         .takes_update = true,
         .takes_dial = false},
    };
}

Targets targets_of(
    const std::vector<Connector>& connectors,
    const tenants::Enterprise& enterprise,
    const call::Call& call,
    call::DispatchKind kind
) {
    Targets targets;
    for (const auto& connector : connectors) {
        auto reason = reason_to_skip(connector, enterprise, call, kind);
        if (reason.empty()) {
            targets.send.push_back(&connector);
        } else {
            targets.skipped.emplace(connector.key, std::move(reason));
        }
    }
    add_unknown(enterprise, targets);
    return targets;
}

std::string dispatch_key(call::DispatchKind kind, const call::Call& call) {
    std::string name(call::to_string(kind));
    switch (kind) {
        case call::DispatchKind::dial:
            return name + ":" + joined(call.rang);
        case call::DispatchKind::bridge:
            return name + ":" + call.talker;
        case call::DispatchKind::hangup:
            return name;
        case call::DispatchKind::update:
            return name + ":" + std::to_string(call.revision);
    }
    return name;
}

bool is_dial_key(const std::string& key) { return key.starts_with("dial:"); }

}  // namespace trunkline::integration_cache
