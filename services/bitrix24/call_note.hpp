#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace trunkline::bitrix24 {

/// What telephony.externalCall.register is told. Kept as it was first sent, since Bitrix24 knows a
/// repeat by user, number, type, line and our id together.
struct Registration {
    std::int64_t user = 0;
    std::string phone;        ///< `+375296254070`
    std::int64_t type = 2;    ///< 1 outgoing, 2 incoming, 4 callback.
    std::string start;        ///< ISO 8601 with the zone's offset.
    std::string line;         ///< Our number, digits; "" if unknown.
    std::string external_id;  ///< "" for a call that the portal registered.
    bool crm_create = false;
    std::string crm_source;

    bool operator==(const Registration&) const = default;
};

/// What is kept of a call between its steps (connector::CallNotes).
struct CallNote {
    /// Each is written before the request that it speaks of is sent; a step that comes again after
    /// a crash goes on from there.
    enum class Stage {
        registering,  ///< May be known to Bitrix24.
        registered,   ///< Known under call_id.
        finishing,    ///< May be finished. Never registered again.
        finished,
    } stage = Stage::registering;
    Registration registration;
    std::string call_id;
    std::vector<std::int64_t> shown;  ///< Who sees its card, as far as we have said.
    std::string record_url;           ///< The recording that Bitrix24 has been given.
    std::int64_t made_at = 0;         ///< Seconds since 1970.

    bool is_ended() const { return stage == Stage::finishing || stage == Stage::finished; }
};

std::string to_json(const CallNote& note);
/// malformed: not one of ours.
base::Result<CallNote> note_from_json(const std::string& text);

/// The notes' keys: a call's own, and that of a call which a user has asked for.
std::string call_key(const std::string& external_id);
std::string click_key(std::int64_t user, const std::string& digits);

}  // namespace trunkline::bitrix24
