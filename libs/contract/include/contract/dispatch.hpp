#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "call/call.hpp"
#include "json/document.hpp"

namespace trunkline::contract {

/// `POST /dispatch/call-event` on integration-cache (proto/messages/dispatch.schema.json). The
/// first four members are the seed's; an old sender gives no more, and the receiver then derives
/// the call itself.
struct Dispatch {
    std::string token;
    std::string unique_id;
    call::DispatchKind kind = call::DispatchKind::dial;
    std::string raw = "{}";  ///< JSON object, the exchange's event as it came.
    std::string event_id;
    std::optional<call::Call> call;
    /// When the event came to the suite; nothing: just now. By it pop-ups are overtaken.
    std::optional<base::WallTime> received_at = std::nullopt;
};

std::string to_json(const Dispatch& dispatch);
base::Result<Dispatch> dispatch_from_json(json::View view);

/// The answer, 202; 200 with `duplicate` for a repeat.
struct DispatchAnswer {
    std::vector<std::string> targets;
    std::map<std::string, std::string> skipped;  ///< CRM and why it gets nothing.
    bool duplicate = false;
};

std::string to_json(const DispatchAnswer& answer);

std::optional<call::DispatchKind> parse_dispatch_kind(std::string_view name);

}  // namespace trunkline::contract
