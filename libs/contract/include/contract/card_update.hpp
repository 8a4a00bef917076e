#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "call/call.hpp"
#include "json/document.hpp"

namespace trunkline::contract {

/// What ingest puts into the queue `telegram` (proto/messages/card-update.schema.json): a call has
/// changed, so its cards may have to.
struct CardUpdate {
    std::string enterprise_number;
    std::string event_id;        ///< The event behind it; empty when a timer ran out.
    base::WallTime received_at;  ///< Of that event: with the event's id the key of its row.
    call::Call call;
    /// uuids of calls that turned out to be this one: their messages must not stay beside its own.
    std::vector<std::string> absorbed = {};
    /// Events of this call came out of their order: the end may be known better in a moment.
    bool unsettled = false;
};

std::string to_json(const CardUpdate& update);
base::Result<CardUpdate> card_update_from_json(json::View view);

}  // namespace trunkline::contract
