#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "net/asio.hpp"
#include "pending_event.hpp"
#include "pg/group_commit.hpp"
#include "pg/pool.hpp"
#include "recent_digests.hpp"

namespace trunkline::ingest {

/// How long an exchange may catch up with what it has sent already, and it is still recognised.
constexpr std::chrono::days event_keys_kept{8};

/// One row of call_events to be.
struct NewEvent {
    std::shared_ptr<PendingEvent> event;
    std::string unique_id;
    std::string raw_bytes;
    std::string digest;  ///< SHA-256, raw bytes.
};

struct Stored {
    std::string event_id;  ///< Of a repeat: the first one's, where it is known.
    bool duplicate = false;
};

/// Events into PostgreSQL: many callers share one commit, and what add() has answered is durable.
/// One executor.
class EventStore {
public:
    /// `on_stored` hears of each commit's events, repeats left out, on the executor.
    using OnStored = std::function<void(std::vector<EventPointer>)>;
    EventStore(
        const asio::any_io_executor& executor,
        pg::Pool& pool,
        RecentDigests& recent,
        OnStored on_stored
    );
    /// How long one commit may take, waiting for a connection included; 0: everything is refused
    /// with unavailable, what waits already too.
    void limit_commits(net::Duration limit) { commit_limit_ = limit; }
    /// Called with the error of each commit that failed, before those who wait for it hear of it.
    void on_failure(std::function<void(const base::Error&)> callback) {
        failed_ = std::move(callback);
    }
    /// Writes what waits, then refuses. Before the pool closes.
    asio::awaitable<void> drain(net::Deadline deadline);

    /// Stores the event, its key for finding repeats and its place in the correlation queue in one
    /// commit. unavailable: the database is away or the queue of waiting events is full; nothing is
    /// stored then, or (commit_unknown) perhaps.
    asio::awaitable<base::Result<Stored>> add(NewEvent event);

private:
    asio::awaitable<base::Result<std::vector<Stored>>> write(std::span<const NewEvent> events);

    pg::Pool& pool_;
    RecentDigests& recent_;
    OnStored on_stored_;
    net::Duration commit_limit_ = std::chrono::seconds(10);
    std::function<void(const base::Error&)> failed_ = [](const base::Error&) {};
    pg::GroupCommit<NewEvent, Stored> commits_;
};

}  // namespace trunkline::ingest
