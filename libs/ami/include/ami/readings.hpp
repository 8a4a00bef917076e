#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ami/reply.hpp"

namespace trunkline::ami {

// What exchanges answer to list actions, as types. A header that is missing or no number reads as
// empty or zero: versions differ. Text is made valid UTF-8; `<unknown>` is empty.

/// Of CoreShowChannels or Status.
struct Channel {
    std::string name;
    std::string state;  ///< `Up`, `Ringing`, ...
    std::string caller_number;
    std::string caller_name;
    std::string connected_number;
    std::string connected_name;
    std::string account;
    std::string context;
    std::string exten;
    std::string application;
    std::string uniqueid;
    std::string linkedid;
    std::string bridge;         ///< Empty: with nobody.
    std::int64_t duration = 0;  ///< Seconds.
    std::string formats;        ///< Of Status alone.

    /// Half of a pair that the exchange made for itself (`Local/...;1`).
    bool is_local() const { return name.starts_with("Local/"); }
};
std::vector<Channel> channels_in(const Reply& reply);

struct QueueMemberState {
    std::string name;
    std::string interface;
    std::string state_interface;
    bool is_dynamic = false;
    std::int64_t penalty = 0;
    std::int64_t calls_taken = 0;
    std::int64_t last_call = 0;  ///< Unix time; 0: none.
    std::int64_t device_state = 0;
    bool in_call = false;
    bool paused = false;
    std::string paused_reason;

    /// The device state in a word: `not_in_use`, `in_use`, `ringing`, `unavailable`, ...
    std::string_view status() const;
    /// Its phone is there.
    bool is_reachable() const;
    /// The next call may go there.
    bool is_available() const;
};

struct QueueCaller {
    std::int64_t position = 0;
    std::string channel;
    std::string uniqueid;
    std::string number;
    std::string name;
    std::int64_t wait = 0;  ///< Seconds.
};

struct QueueState {
    std::string name;
    std::string strategy;
    std::int64_t max = 0;
    std::int64_t calls = 0;      ///< Waiting.
    std::int64_t hold_time = 0;  ///< Seconds, on average.
    std::int64_t talk_time = 0;
    std::int64_t completed = 0;
    std::int64_t abandoned = 0;
    std::int64_t service_level = 0;
    double service_level_percent = 0;
    std::vector<QueueMemberState> members;
    std::vector<QueueCaller> callers;

    std::int64_t available() const;
    std::int64_t paused() const;
    std::int64_t busy() const;
    std::int64_t logged_in() const;
    std::int64_t longest_wait() const;
};
/// Of QueueStatus, in the order of the exchange.
std::vector<QueueState> queues_in(const Reply& reply);

/// Of DeviceStateList: state by device; only real phones and trunks (`PJSIP/1001`).
std::map<std::string, std::string> devices_in(const Reply& reply);

struct ParkedCall {
    std::string channel;
    std::string lot;
    std::string space;
    std::int64_t timeout = 0;  ///< Seconds left.
};
std::vector<ParkedCall> parked_in(const Reply& reply);

}  // namespace trunkline::ami
