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

enum class Direction { in, out, internal };

/// How far a call has come. It never goes back, but for done -> talking when a call is reopened.
enum class Phase { none, ringing_start, dialing, talking, done };

std::string_view to_string(Direction direction);  ///< `in`, `out`, `internal`.
std::string_view to_string(Phase phase);

/// The canonical snapshot of one call: everything that chats and CRMs may know. A value; it travels
/// as JSON (INTERFACES section 5, plus the members below the line).
struct Call {
    std::string uuid;
    Direction direction = Direction::in;
    std::string phone;  ///< Outside number; internal calls: the caller. "" is a hidden number.
    std::string line;   ///< Trunk; "" if unknown.
    std::vector<std::string>
        rang;  ///< All that were dialled, in order, each once; outbound: who calls.
    std::vector<std::string>
        talkers;  ///< Who talked with the outside party, in order, each once; internal: the callee.
    base::WallTime
        started_at;  ///< The host's StartTime / DateReceived once known, else the first event.
    std::optional<base::WallTime> answered_at;  ///< On the same clock as started_at.
    std::optional<base::WallTime>
        ended_at;             ///< Only in phase done; on the same clock as started_at.
    std::int64_t talk_s = 0;  ///< Seconds; 0 until done.
    std::int64_t wait_s =
        0;  ///< Seconds until the answer, for an unanswered call the whole length; 0 until known.
    bool answered = false;   ///< CallStatus "2" or a conversation was seen.
    std::string record_url;  ///< "" if none.
    bool corrected = false;  ///< Figures changed after the end had been told.
    // -------- beyond INTERFACES section 5
    std::string
        unique_id;  ///< UniqueId of the start, else first dial, else caller's leg, else first seen.
    std::vector<std::string> unique_ids;  ///< All, sorted.
    std::string pbx;
    Phase phase = Phase::none;
    std::string talker;        ///< Who talks now, or talked last; "" before.
    std::string caller;        ///< Internal calls only.
    std::string callee;        ///< Internal calls only; "" if unknown.
    std::string hangup_cause;  ///< As the exchange wrote it, "" if it did not.
    bool recovered =
        false;  ///< The last correction came by recovery: chats get a comment, not an edit.
    bool end_assumed = false;  ///< No final hangup came; a time-out ended the call.
    unsigned reopened =
        0;  ///< How often a finished call came back to talking (row 10 of the contract).
    std::uint64_t revision =
        0;  ///< Grows with every change of this call: of two snapshots the greater counts.

    bool operator==(const Call&) const = default;
};

/// One line of JSON. Times are ISO 8601 UTC, unknown ones null.
std::string to_json(const Call& call);
/// Members may be missing except uuid; unknown ones are skipped. invalid_input names the wrong
/// members.
base::Result<Call> call_from_json(json::View value);

/// What one event or time-out did to one call. Several flags may be set at once: an early event
/// that gets its context late moves a call more than one step.
struct Change {
    Call call;
    Phase previous = Phase::none;
    bool opened = false;  ///< First visible: there was nothing to tell before.
    bool phase_changed = false;
    bool dialled = false;         ///< `rang` got members, the first or more.
    bool new_talker = false;      ///< `talkers` got a member.
    bool talker_changed = false;  ///< Another one talks now, perhaps one who had talked before.
    bool details_changed =
        false;           ///< Not done yet; line, number or parties are known better than before.
    bool ended = false;  ///< Came to done, for the first time or again.
    bool ended_before = false;  ///< It had been done before: CRMs have the hangup already.
    bool reopened = false;      ///< done -> talking.
    bool corrected = false;     ///< Was and is done, but figures or parties changed.
    bool recording = false;     ///< record_url changed.
    bool over = false;  ///< Nothing more will come: delete its row. The other flags may be set too.
    std::vector<std::string>
        absorbed;  ///< uuids that turned out to be this call: delete their rows and messages.

    /// Whether chats or CRMs could see a difference. If not, only the call's row is to be stored
    /// (or deleted).
    bool is_visible() const;
};

enum class DispatchKind { dial, bridge, hangup, update };
std::string_view to_string(DispatchKind kind);

/// What the gateway to the CRMs gets for a change, in this order; nothing for internal calls. A
/// call that is done when it becomes visible gives only `hangup`: the synthetic dial is the
/// gateway's own (INTERFACES section 5).
std::vector<DispatchKind> dispatches_of(const Change& change);

}  // namespace trunkline::call
