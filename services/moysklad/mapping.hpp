#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "call/call.hpp"

namespace trunkline::moysklad {

// Our calls in MoySklad's fields (contracts/moysklad.md section 3). Pure.

/// What the mapping needs beside the call.
struct Context {
    std::string external_id;  ///< `<Token>-<UniqueId>`
    std::string line;         ///< The line's name, or its id; "" if unknown.
};

/// One object of `events` (section 1.3).
struct CardEvent {
    std::string type;       ///< SHOW, STARTTIME, HIDE, HIDE_ALL
    std::string extension;  ///< "" for HIDE_ALL.
    std::int64_t sequence = 0;

    std::string to_json() const;
    bool operator==(const CardEvent&) const = default;
};

/// What MoySklad has of a call already: a field with a value cannot be changed any more.
struct Stored {
    std::string extension;
    bool has_end = false;
    bool has_duration = false;
    std::vector<std::string> links;
    std::optional<base::WallTime> started;

    bool has_link(const std::string& link) const;
};

/// `2025-10-01 14:23:45.000`, in Moscow's time.
std::string moment(base::WallTime time);

/// The other way round; none if it is not of that shape.
std::optional<base::WallTime> time_of_moment(std::string_view text);

/// Those of `rang` that are extensions: a mobile that rings along has no card.
std::vector<std::string> extensions_of(const call::Call& call);

/// The extension that the call can be created with: of the one phone that rings; "" if several do.
std::string only_extension(const call::Call& call);

/// `POST /call` of a call that rings.
std::string ringing_call(
    const call::Call& call, const Context& context, const std::vector<CardEvent>& events
);

/// `POST /call` of a call that has ended and was not there before: all at once, no card.
std::string ended_call(const call::Call& call, const Context& context);

/// `PUT /call/extid/{x}` at the end.
struct EndUpdate {
    bool tells_end = false;  ///< The cards have to go too.
    std::string link;        ///< The recording that goes along; "" if none.
    std::string extension;
    std::string end_time;
    bool is_missed = false;  ///< duration 0
    std::string comment;

    bool is_empty() const { return !tells_end && link.empty(); }
    /// `sequence`: of the HIDE_ALL that goes with the end.
    std::string to_json(std::int64_t sequence) const;
};
/// What is still to be told of a call that has ended.
EndUpdate end_update(
    const call::Call& call, const Context& context, const Stored& stored, bool with_recording
);

/// An update that changes nothing: MoySklad answers it with the call as it has it.
std::string question(const call::Call& call);

}  // namespace trunkline::moysklad
