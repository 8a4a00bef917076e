#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "call/event.hpp"

namespace trunkline::ingest {

/// An event that is stored and waits for correlation.
struct PendingEvent {
    std::string enterprise_number;
    std::string event_id;
    base::WallTime received_at;
    std::optional<base::WallTime> event_time;
    std::string event_type;
    std::string pbx;
    std::optional<std::int64_t> seq;
    std::string raw_data;
    std::string trace_id;
    std::string batch_id;  ///< Its row of pending_batches; empty if it was read back.
    bool recovered = false;
    /// The exchange caught up with it, so it may repeat anything. Not told of one that was read
    /// back.
    bool caught_up = false;
    /// As decoded at its arrival; nothing if it was read back from the table.
    std::optional<call::Event> decoded;
};
using EventPointer = std::shared_ptr<const PendingEvent>;

}  // namespace trunkline::ingest
