#pragma once

#include <optional>
#include <string>
#include <vector>

#include "call/tracker.hpp"
#include "correlation_store.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::ingest {

/// One message for the gateway in the making.
struct Dispatched {
    call::DispatchKind kind = call::DispatchKind::dial;
    call::Call call;
    std::string
        body;  ///< The raw event; empty: the call's last one of that type is to be looked up.
    std::string event_id;
    std::string trace_id;
    std::optional<base::WallTime> received_at = std::nullopt;  ///< Of the event behind it.
};

struct BatchOutcome {
    CorrelationResult result;            ///< Without the gateway's messages.
    base::WallTime no_timer_before{};    ///< The tracker is not to be asked earlier by itself.
    std::vector<Dispatched> dispatched;  ///< In the order in which they are to be sent.
};

/// What one enterprise's waiting events do to its calls, and what follows for the tables. Pure but
/// for the tracker. A call that ends gets its recording's link under `public_url`, unless that is
/// empty.
BatchOutcome correlate(
    call::Tracker& tracker,
    const tenants::Enterprise& enterprise,
    const std::vector<EventPointer>& events,
    base::WallTime now,
    const std::string& public_url = {}
);

/// What follows from one change that no event caused: a link that comes late.
BatchOutcome tell_late(
    call::Tracker& tracker,
    const tenants::Enterprise& enterprise,
    const call::Change& change,
    base::WallTime now
);

/// Whether a CRM gets this call's link, which it keeps for ever.
bool hands_out_plain_link(const tenants::Enterprise& enterprise, const call::Call& call);

std::vector<outbox::Message> gateway_messages(
    const tenants::Enterprise& enterprise, const std::vector<Dispatched>& dispatched
);

call::TrackerSettings tracker_settings(
    const tenants::Enterprise& enterprise,
    const call::Timers& timers,
    const std::string& default_timezone
);

/// Stands in for an enterprise that the table does not have any more.
tenants::Enterprise nameless(std::string number);

}  // namespace trunkline::ingest
