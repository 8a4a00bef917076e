#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "call/event.hpp"
#include "playback/pattern.hpp"

namespace trunkline::playback {

/// How fast events follow each other.
struct Pace {
    enum class Kind {
        real,   ///< As the pattern says.
        fast,   ///< Each as soon as the one before was answered.
        fixed,  ///< `between` after each other.
    } kind = Kind::fast;
    std::chrono::milliseconds between{0};
};

/// `real`, `fast` or the milliseconds.
std::string to_string(const Pace& pace);

/// Of every field of a pattern its value; a text is a list of one.
using FieldValues = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Every field as the pattern has it.
FieldValues defaults_of(const Pattern& pattern);

/// The enterprise's Token; empty if the pattern has no such field.
std::string token_of(const FieldValues& values);

/// What no two runs may share, or the second would be taken for a repeat of the first, and the
/// clock of the exchange that is played.
struct Exchange {
    base::WallTime now;
    base::WallTime free_from{};  ///< Until then the exchange is busy with other calls.
    std::string timezone;
    std::uint64_t first_channel = 1;  ///< channels_per_run numbers from here on are this run's own.
    std::function<std::string()> make_uuid;
};

constexpr std::uint64_t channels_per_run = 64;

struct PlannedEvent {
    call::EventType type = call::EventType::start;
    std::string body;                  ///< JSON, but that cp1251 is not UTF-8.
    std::chrono::milliseconds due{0};  ///< Since the run's begin.
    base::WallTime moment;             ///< By the clock of the exchange.
    bool is_repeat = false;            ///< The same as one before (disturbance.hpp).
};

/// What is known of the outcome. What a disturbance makes unknown is not compared.
struct Known {
    bool call = true;
    bool chat = true;
    bool chat_end = true;  ///< The last text.
    bool crm = true;

    bool operator==(const Known&) const = default;
};

struct Plan {
    std::string token;
    std::string unique_id;  ///< Of the pattern's first channel.
    /// Whether the events are sent at other times than they happen. Their times then go with them
    /// (X-Event-Time), or a call of a minute would have a talk time of nothing.
    bool tells_time = false;
    bool is_catch_up = false;  ///< All go together, by POST /events.
    bool order_matters = false;
    std::vector<PlannedEvent> events;
    std::string expected;  ///< JSON.
    FieldValues values;
    Known known;
    std::vector<call::EventType> dropped;
    base::WallTime end;  ///< Of the call, by the clock of the exchange.
};

/// A run of `pattern`. At real pace the call begins now; otherwise it has just ended, unless the
/// exchange was busy then. Errc::internal: the pattern names a placeholder that does not exist.
/// Pure.
base::Result<Plan> make_plan(
    const Pattern& pattern, const FieldValues& values, const Pace& pace, const Exchange& exchange
);

}  // namespace trunkline::playback
