#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "call/call.hpp"
#include "call/event.hpp"
#include "playback/pattern.hpp"
#include "playback/rehearsal.hpp"

namespace trunkline::playback {

/// One event of a stored call, as it came.
struct RecordedEvent {
    call::EventType type = call::EventType::start;
    std::string raw;  ///< JSON.
    base::WallTime received;
    std::optional<base::WallTime> event_time;
    bool recovered = false;
};

/// A stored call with all that was told of it, and what it was taken for then.
struct RecordedCall {
    std::string uuid;
    std::string unique_id;              ///< The canonical call's.
    std::vector<RecordedEvent> events;  ///< By arrival.
    std::string timezone;               ///< Of the host's times; IANA.
    std::set<std::string> lines;        ///< Line ids that may not look like one.
    std::optional<call::Call> outcome;  ///< As stored; none while the call is live.
};

/// The call as a pattern (pattern.hpp) that names nobody: every number, extension, line, name, id
/// and Token is replaced, each always by the same and in its own form; unknown members are left
/// out; times are counted from the call's begin. `expected` is the outcome of then, replaced
/// likewise: figures and parties as stored, texts and CRM steps by the rules of today. Of one
/// recording always the same text. invalid_input: no events, or more than a pattern can have.
base::Result<std::string> export_trace(const RecordedCall& recorded);

/// Plays a pattern as it was recorded to the production rules in this process.
struct Replay {
    std::vector<RehearsedCall> calls;
    std::vector<Difference> differences;
};
base::Result<Replay> replay(const Pattern& pattern);

}  // namespace trunkline::playback
