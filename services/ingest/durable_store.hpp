#pragma once

#include <memory>
#include <string>

#include "admission.hpp"
#include "app/readiness.hpp"
#include "event_store.hpp"
#include "journal/journal.hpp"
#include "journal_record.hpp"
#include "metrics/registry.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

/// Where an event becomes durable: PostgreSQL, or, while it does not answer, a journal on this
/// machine's disk, which is replayed in order when it does. While the journal is not empty new
/// events go behind what it holds. One executor; one per worker, each with a folder of its own.
class DurableStore {
public:
    /// What is referred to must outlive it.
    DurableStore(
        const asio::any_io_executor& executor,
        pg::Pool& pool,
        EventStore& events,
        tenants::Directory& directory,
        const Admission& admission,
        metrics::Registry& registry,
        journal::Settings journal
    );
    ~DurableStore();

    /// Opens the journal (blocks), then waits until the pool knows whether PostgreSQL is there, at
    /// most until the deadline, so that the first events need not go round by the journal. Throws
    /// std::runtime_error with one clear line if the journal cannot be had.
    asio::awaitable<void> open(net::Deadline deadline);
    /// Begins to replay whenever there is something.
    void start();
    /// Ends the replay after its present batch and closes the journal. What waits is replayed after
    /// the next start.
    asio::awaitable<void> stop(net::Deadline deadline);

    /// New events go to the journal: PostgreSQL is known to be away, or others wait in it.
    bool stands_in() const;

    /// The last of the journal is being replayed: wait for it, or the journal would never be empty
    /// under load. A moment at the most; look at stands_in() afterwards.
    bool is_handing_over() const;
    asio::awaitable<void> wait_for_hand_over();

    /// PostgreSQL first, the journal if that does not answer; `event` is what `row` was made of.
    /// Errors: those of EventStore::add() that are about the event, and unavailable if both fail.
    asio::awaitable<base::Result<Stored>> add(
        NewEvent row, const ReceivedEvent& event, net::Deadline deadline
    );
    /// Into the journal. unavailable: it is full or its disk failed.
    asio::awaitable<base::Result<Stored>> keep(const ReceivedEvent& event, net::Deadline deadline);
    /// Whether PostgreSQL has an enterprise with this Token; an error if it does not answer.
    asio::awaitable<base::Result<bool>> knows_token(std::string token);

    /// For /ready: degraded while the journal stands in for PostgreSQL, failed if it cannot.
    app::Readiness::Part readiness() const;
    journal::Figures figures() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The row of an event whose enterprise is known.
NewEvent row_of(const Incoming& incoming, const ReceivedEvent& event, std::string enterprise);

}  // namespace trunkline::ingest
