#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "journal/journal.hpp"
#include "net/asio.hpp"
#include "net/event.hpp"
#include "open_calls.hpp"
#include "pbx/call_tracker.hpp"

namespace trunkline::pbx_gateway {

/// A recording that the exchange writes: ingest is told of it once its call has ended.
struct Recording {
    std::string unique_id;
    std::string call;  ///< The UniqueId of the call's start or dial.
    std::string file;  ///< Below the enterprise's folder of recordings.
    base::WallTime since;

    bool operator==(const Recording&) const = default;
};

/// What waits for ingest of one exchange, on disk, and what was told of it: a folder of its own
/// with a journal. Whatever add() has answered well survives a kill -9: the events, their numbers,
/// and which calls are open. One executor; one reader.
class Spool {
public:
    Spool(const asio::any_io_executor& executor, journal::Settings settings);

    /// Reads what an earlier process left. conflict: another process has the folder.
    asio::awaitable<base::Result<>> open();
    asio::awaitable<void> close();

    /// Whose numbers and calls these are; new with a new folder.
    const std::string& id() const { return id_; }
    /// Begins anew with calls and numbers that another gateway has told of since.
    void replace(OpenCalls calls, std::uint64_t next_seq);
    bool is_fresh() const { return is_fresh_; }
    std::uint64_t next_seq() const { return next_seq_; }
    OpenCalls& calls() { return calls_; }
    const OpenCalls& calls() const { return calls_; }

    /// Numbers the events and keeps them; they are what was told from now on. An error: the disk is
    /// full or fails, and the events are lost, their numbers left out.
    asio::awaitable<base::Result<>> add(std::vector<pbx::WebhookEvent> events);
    asio::awaitable<base::Result<>> add(Recording recording);

    struct Item {
        std::uint64_t sequence = 0;  ///< Of its record.
        bool is_last = false;        ///< The last event of that record.
        pbx::WebhookEvent event;
        base::WallTime kept;  ///< When it was added.
        /// An earlier process may have delivered it already.
        bool again = false;
    };
    /// What follows the last record that was done with, at most some hundred events; none if none
    /// waits.
    asio::awaitable<base::Result<std::vector<Item>>> next();
    /// Waits for add().
    asio::awaitable<void> wait(net::Deadline deadline);
    /// `events` more were delivered, or will never be: all up to this record.
    void done(std::uint64_t sequence, std::size_t events);

    /// Keeps what is known now and lets go of what was done with. Cheap if nothing changed.
    asio::awaitable<base::Result<>> checkpoint();

    std::deque<Recording>& recordings() { return recordings_; }
    /// Something of recordings() was changed.
    void touch() { is_dirty_ = true; }

    std::uint64_t waiting() const { return waiting_; }  ///< Events not done with.
    std::uint64_t bytes() const { return journal_.figures().bytes; }

private:
    asio::awaitable<base::Result<>> append(std::string payload);
    std::string state_text(bool with_bridges) const;
    base::Result<> recover(const journal::Record& record);
    void take_state(json::View state);
    void take_items(const std::vector<journal::Record>& records, std::vector<Item>& out);

    journal::Journal journal_;
    net::Event added_;
    net::Event free_;
    bool is_adding_ = false;  ///< One add() at a time, so that numbers are in the order of records.
    std::string id_;
    OpenCalls calls_;
    std::uint64_t next_seq_ = 0;  ///< Of the next event; all before it are in calls_.
    std::deque<Recording> recordings_;
    std::deque<pbx::WebhookEvent> tail_;  ///< While reading what was left: the last ones.
    std::uint64_t left_ = 0;              ///< The last record of earlier processes.
    std::uint64_t reached_ = 0;           ///< The last record that was done with.
    std::uint64_t waiting_ = 0;
    bool is_fresh_ = true;
    bool is_dirty_ = true;
};

}  // namespace trunkline::pbx_gateway
