#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "json/document.hpp"

namespace trunkline::call {

/// The eight webhook events of an exchange (contracts/pbx-webhook.md section 1).
enum class EventType {
    start,
    dial,
    bridge_create,
    bridge,
    bridge_leave,
    bridge_destroy,
    new_callerid,
    hangup,
};

/// The name as in the URL path and in call_events.event_type.
std::string_view to_string(EventType type);
std::optional<EventType> parse_event_type(std::string_view name);

/// The dialplan branch that an event speaks of, not the call's direction.
enum class CallType { inbound = 0, outbound = 1, internal = 2 };

enum class CallStatus { not_answered = 0, other = 1, answered = 2, talk = 5 };

/// What came with the body: headers, or members of an NDJSON line.
struct Arrival {
    base::WallTime received;  ///< When it reached us (the journal's time after an outage).
    std::optional<base::WallTime> event_time;  ///< `X-Event-Time` / `at`: the exchange's own clock.
    std::string pbx;         ///< `X-PBX-Id` / `pbx`; "" if the exchange does not name itself.
    bool recovered = false;  ///< data_source = 'recovery'.
};

/// One decoded event. Numbers are cleaned (clean_number), otherwise as received; "" stands for
/// absent.
struct Event {
    EventType type = EventType::start;
    std::string token;  ///< "" if the body has none (the header may have it).
    std::string
        unique_id;  ///< Channel's `<epoch>.<n>`; "" only for bridge_create and bridge_destroy.
    std::string bridge_id;
    std::string phone;
    std::vector<std::string> extensions;  ///< Empty strings are left out.
    std::optional<CallType> call_type;    ///< Unknown values count as missing.
    std::optional<CallStatus> call_status;
    std::string trunk;
    std::string ext_phone;  ///< dial: equals phone for inbound calls, else "".
    std::string channel;
    std::string exten;
    std::string caller_id_num;
    std::string caller_id_name;
    std::string connected_line_num;
    std::string connected_line_name;
    std::string start_time;  ///< `YYYY-MM-DD HH:MM:SS` in the host's zone, may be "".
    std::string date_received;
    std::string end_time;
    std::string
        hangup_cause;  ///< Not of the contract; the PBX gateway's `Cause`, e.g. `17` or `busy`.
    bool external_initiated = false;
    std::optional<int> bridge_num_channels;

    base::WallTime at;        ///< The event time if given, else the arrival time.
    base::WallTime received;  ///< The arrival time. Time-outs run on it.
    bool has_event_time = false;
    std::string pbx;
    bool recovered = false;
};

/// Reads a body as loosely as INTERFACES section 4 says: scalars may be string, number, boolean or
/// null. invalid_input with every wrong place in `fields`: an object or array where a scalar
/// belongs, a missing UniqueId (bridge_create and bridge_destroy: BridgeUniqueid), a body that is
/// no object. Whether the Token is known, or came by header, is the caller's to check.
base::Result<Event> decode_event(
    EventType type, json::View body, const Arrival& arrival = Arrival()
);

}  // namespace trunkline::call
