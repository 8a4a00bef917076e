#include "crm_targets.hpp"

#include <algorithm>
#include <utility>

#include "call/event.hpp"
#include "call/tracker.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "json/document.hpp"

namespace trunkline::integration_cache {
namespace {

std::string reason_to_skip(
    const Connector& connector,
    const tenants::Enterprise& enterprise,
    const call::Call& call,
    call::DispatchKind kind
) {
    if (call.direction == call::Direction::internal) {
        return "internal call";
    }
    if (!enterprise.is_enabled(connector.key)) {
        return "disabled";
    }
    if (connector.url.empty()) {
        return "no connector in this installation";
    }
    if (kind == call::DispatchKind::bridge && !connector.takes_bridge) {
        return "takes no bridge";
    }
    if (kind == call::DispatchKind::update && !connector.takes_update) {
        return "cannot change what it has recorded";
    }
    return {};
}

std::string joined(std::vector<std::string> parts) {
    std::ranges::sort(parts);
    std::string out;
    for (const auto& part : parts) {
        out += out.empty() ? part : "," + part;
    }
    return out;
}

std::string uuid_from(const std::string& name) {
    auto hex = crypto::to_hex(crypto::sha256(name)).substr(0, 32);
    hex[12] = '8';  // RFC 9562 version 8: made by our own rule.
    hex[16] = 'a';
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
           hex.substr(16, 4) + "-" + hex.substr(20);
}

}  // namespace

std::vector<Connector> connectors(const std::string& retailcrm_url) {
    return {
        {.key = "retailcrm",
         .name = "retailcrm",
         .url = retailcrm_url,
         .takes_bridge = false,
         .takes_update = false},
        {.key = "ms", .name = "moysklad", .url = "", .takes_bridge = true, .takes_update = true},
        {.key = "uon", .name = "uon", .url = "", .takes_bridge = false, .takes_update = false},
        {.key = "bitrix24",
         .name = "bitrix24",
         .url = "",
         .takes_bridge = true,
         .takes_update = true},
        {.key = "own", .name = "own", .url = "", .takes_bridge = false, .takes_update = true},
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
    return targets;
}

std::string dispatch_key(call::DispatchKind kind, const call::Call& call) {
    const std::string name(call::to_string(kind));
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

base::Result<call::Call> derive_call(
    const tenants::Enterprise& enterprise, const contract::Dispatch& dispatch
) {
    const auto type = call::parse_event_type(call::to_string(dispatch.kind));
    if (!type) {
        return base::fail(base::Errc::invalid_input, "event_type: an update needs the member call");
    }
    const auto raw = json::parse(dispatch.raw);
    if (!raw) {
        return std::unexpected(raw.error());
    }
    const call::Arrival arrival{
        .received = base::system_clock().now(),
        .event_time = std::nullopt,
        .pbx = "",
        .recovered = false
    };
    auto event = call::decode_event(*type, raw->root(), arrival);
    if (!event) {
        return std::unexpected(event.error());
    }
    event->unique_id = dispatch.unique_id;
    call::TrackerSettings settings;
    settings.timezone = enterprise.timezone;
    settings.canonical_number = [&](std::string_view number, std::string_view line) {
        return enterprise.canonical_number(number, line);
    };
    settings.make_uuid = [&] { return uuid_from(enterprise.number + "/" + dispatch.unique_id); };
    call::Tracker tracker(std::move(settings));
    auto changes = tracker.apply(*event);
    if (changes.empty()) {
        return base::fail(base::Errc::invalid_input, "raw: tells nothing of a call");
    }
    return std::move(changes.front().call);
}

}  // namespace trunkline::integration_cache
