#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "call/call.hpp"
#include "call/event.hpp"

namespace trunkline::call {

/// Numbers as the exchange wrote them, kept where the line that they came over may turn out later.
struct WrittenNumbers {
    std::string own;
    std::string other;
    std::string exten;
    std::vector<std::string> extensions;

    bool operator==(const WrittenNumbers&) const = default;
};

/// What a call keeps of one event. A call is the ordered list of its facts; its snapshot is derived
/// from them, so that late and early events give the same call.
struct Fact {
    EventType type = EventType::start;
    base::WallTime at;
    base::WallTime received;
    bool has_event_time = false;
    bool recovered = false;
    bool local = false;  ///< On a Local/ channel.
    std::string unique_id;
    std::string bridge_id;
    std::string own;    ///< bridge, leave, callerid: CallerIDNum; start, dial, hangup: Phone.
    std::string other;  ///< ConnectedLineNum.
    std::string exten;
    std::string trunk;
    std::vector<std::string> extensions;
    std::optional<CallType> call_type;
    std::optional<CallStatus> call_status;
    std::string cause;
    std::optional<base::WallTime>
        host_start;  ///< The earlier non-empty of StartTime and DateReceived.
    std::optional<base::WallTime> host_end;
    /// Only of an event without Trunk, where lines have rules of their own.
    std::optional<WrittenNumbers> written;

    bool operator==(const Fact&) const = default;
};

/// Everything the tracker knows of one live call: one row of the store. Opaque to others but for
/// `call`.
struct LiveCall {
    Call call;                               ///< As last told in a Change.
    std::vector<Fact> facts;                 ///< Sorted by time.
    base::WallTime checked_at;               ///< The arrival clock when `call` was derived.
    base::WallTime last_event_at;            ///< Arrival of the youngest event.
    base::WallTime opened_at;                ///< Arrival of the oldest event.
    std::optional<base::WallTime> told_end;  ///< Arrival clock when phase done was last told.
    unsigned ends = 0;                       ///< How often phase done was told.
    bool overflown = false;  ///< More events than are kept: its bridges are not trusted any more.
};

std::string to_json(const LiveCall& live);
/// malformed or invalid_input: the row is damaged; the caller logs it and goes on without.
base::Result<LiveCall> live_call_from_json(std::string_view text);

}  // namespace trunkline::call
