#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/asio.hpp"
#include "pg/group_commit.hpp"
#include "pg/pool.hpp"

namespace trunkline::ingest {

/// One row of call_events to be.
struct NewEvent {
    std::string enterprise_number;
    std::string event_id;
    base::WallTime received_at;
    std::string unique_id;
    std::string event_type;
    std::optional<base::WallTime> event_time;
    bool recovered = false;
    std::string pbx;
    std::optional<std::int64_t> seq;
    std::string raw_data;
    std::string raw_bytes;
    std::string trace_id;
    std::string digest;
};

struct Stored {
    std::string event_id;  ///< Of a repeat: the first one's, where it is known.
    bool duplicate = false;
};

struct Rejected {
    std::string source;
    std::string event_type;
    std::string token;
    unsigned status = 0;
    std::string reason;
    std::string body;
};

/// Events into PostgreSQL: many callers share one commit, and what add() has answered is durable.
/// One executor.
class EventStore {
public:
    EventStore(asio::any_io_executor executor, pg::Pool& pool);
    /// Writes what waits, then refuses. Before the pool closes.
    asio::awaitable<void> drain(net::Deadline deadline);

    /// Stores the event, its key for finding repeats and its place in the correlation queue in one
    /// commit. unavailable: the database is away or the queue of waiting events is full; nothing is
    /// stored then, or (commit_unknown) perhaps.
    asio::awaitable<base::Result<Stored>> add(NewEvent event);

    /// Keeps what was refused, for people. Best effort: a failure is the caller's to log.
    asio::awaitable<base::Result<>> keep_rejected(Rejected rejected);

private:
    asio::awaitable<base::Result<std::vector<Stored>>> write(std::span<const NewEvent> events);

    pg::Pool& pool_;
    pg::GroupCommit<NewEvent, Stored> commits_;
};

}  // namespace trunkline::ingest
