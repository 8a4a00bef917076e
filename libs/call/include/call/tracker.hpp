#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "call/call.hpp"
#include "call/event.hpp"
#include "call/live_call.hpp"

namespace trunkline::call {

/// The waits of contracts/pbx-webhook.md sections 4 and 6; all are settings.
struct Timers {
    std::chrono::milliseconds leave_settle{3'000
    };  ///< From the outside party's last leave to the end.
    std::chrono::milliseconds quiet{5'000
    };  ///< No final hangup, nobody in a bridge: then another leg's ends it.
    std::chrono::milliseconds reopen{60'000
    };  ///< How long after the end a conversation reopens the call.
    std::chrono::milliseconds keep_final{600'000};  ///< How long a finished call stays known.
    std::chrono::milliseconds keep_idle{14'400'000
    };  ///< How long a call without events stays known.
    std::chrono::milliseconds lost_hangup{600'000
    };  ///< Talked, everybody left, no hangup at all: taken as ended.
    std::chrono::milliseconds orphan{60'000};  ///< Events that no call could be found for.
    std::chrono::milliseconds reorder{2'000
    };  ///< An event this much after a call's end may still be of it.
};

struct TrackerSettings {
    Timers timers;
    std::string timezone =
        "Europe/Minsk";  ///< IANA zone of the host's times; an unknown one makes them unknown.
    std::unordered_set<std::string> lines;  ///< Line ids that do not look like one.
    /// The one writing of a number, given how it was written and the line (Trunk) that it came
    /// over,
    /// "" if the event names none. Empty function: numbers are taken as they are written.
    std::function<std::string(std::string_view number, std::string_view line)> canonical_number;
    /// Lines whose numbers are read otherwise than those of other lines.
    std::vector<std::string> lines_with_rules;
    std::function<std::string()> make_uuid;  ///< Required; base::make_uuid outside tests.
};

/// The live calls of ONE enterprise. Pure: no clock, no I/O. Not thread-safe; one worker per
/// enterprise (SPEC section 12).
///
/// After each apply() or tick() every call named in the changes is to be stored (find, to_json),
/// `over` and `absorbed` ones are to be deleted. Restoring all stored calls into a new tracker goes
/// on as if nothing had happened.
class Tracker {
public:
    explicit Tracker(TrackerSettings settings);
    ~Tracker();
    Tracker(Tracker&&) noexcept;
    Tracker& operator=(Tracker&&) noexcept;

    /// Takes one event in. Events may come in any order and twice. The event's `received` moves the
    /// clock forward.
    std::vector<Change> apply(const Event& event);
    /// Time-outs up to `now` (the arrival clock).
    std::vector<Change> tick(base::WallTime now);
    /// When tick() has something to do next; nothing if no call is live.
    std::optional<base::WallTime> next_timer() const;

    /// A recording was found. Nothing if the call is not live (any more) or has this link already.
    std::optional<Change> set_record_url(std::string_view uuid, std::string url);

    /// Puts a stored call back. Its uuid must not be present.
    void restore(LiveCall live);
    /// Null if it is not live. The pointer lasts until the next non-const call.
    const LiveCall* find(std::string_view uuid) const;
    std::vector<const LiveCall*> live_calls() const;  ///< In no order.
    std::size_t size() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace trunkline::call
