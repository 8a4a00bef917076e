#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "incoming.hpp"

namespace trunkline::ingest {

/// An event as it came, with what was decided about it at its receipt: all that is needed to take
/// it in later.
struct ReceivedEvent {
    RawEvent raw;
    std::string event_id;  ///< The one that it is answered with.
    base::WallTime received_at;
    std::string source;  ///< The sender's address.
    std::string trace_id;
    bool recovered = false;  ///< The exchange catches up: its receipt says nothing about its time.
    bool admitted = false;   ///< Who sent it was judged already: the signature need not last.
};

/// The journal's payload: name and value of each member, every one with its length before it, so
/// that a later version may add members. Binary-safe: an old exchange's body need not be UTF-8.
std::string encode_journal_record(const ReceivedEvent& event);
/// malformed: not written by encode_journal_record(). Unknown members are passed over.
base::Result<ReceivedEvent> decode_journal_record(std::string_view record);

}  // namespace trunkline::ingest
