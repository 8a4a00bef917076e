#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "call/live_call.hpp"
#include "ledger_delta.hpp"
#include "net/asio.hpp"
#include "outbox/message.hpp"
#include "pending_event.hpp"
#include "pg/pool.hpp"

namespace trunkline::ingest {

/// What correlating one enterprise's events has changed.
struct CorrelationResult {
    std::string enterprise_number;
    struct Link {
        std::string event_id;
        base::WallTime received_at;
        std::string call_uuid;
    };
    std::vector<Link> links;  ///< Which call an event belongs to.
    struct Live {
        std::string uuid;
        std::string state;
    };
    std::vector<Live> live;         ///< To be stored anew.
    std::vector<std::string> over;  ///< Live rows to be deleted.
    struct Absorbed {
        std::string uuid;
        std::string into;
    };
    std::vector<Absorbed> absorbed;
    std::vector<call::Call> finished;   ///< Rows of `calls`, new or corrected.
    std::set<std::string> plain_links;  ///< Those of them whose link goes to a CRM.
    std::vector<outbox::Message> telegram;
    std::vector<outbox::Message> gateway;
    std::optional<base::WallTime> next_timer;
    LedgerDelta ledger;
};

/// Correlation's side of the tables. Functions with a Session run inside the caller's transaction.
/// Each takes many enterprises at once, for a transaction costs the same whatever it holds.
class CorrelationStore {
public:
    explicit CorrelationStore(pg::Pool& pool) : pool_(pool) {}
    pg::Pool& pool() { return pool_; }

    /// Breaks up to `limit` batches of before `until` up, the oldest first, so that their events
    /// can be found by their enterprise: how many these were.
    asio::awaitable<base::Result<std::size_t>> break_up(base::WallTime until, int limit);
    /// Up to `limit` enterprises that have an event, of no batch, waiting from before `until`, in
    /// the order of their numbers, from the one after `after` on.
    asio::awaitable<base::Result<std::vector<std::string>>> enterprises_waiting(
        std::string after, base::WallTime until, int limit
    );
    /// Enterprises whose tracker wants to be asked.
    asio::awaitable<base::Result<std::vector<std::string>>> enterprises_due(int limit);

    /// Those that no other worker correlates now. The locks end with the transaction.
    static asio::awaitable<base::Result<std::vector<std::string>>> lock(
        pg::Session& session, std::vector<std::string> enterprises
    );

    /// The same lock for one enterprise, waited for up to the statement's time-out.
    static asio::awaitable<base::Result<>> wait_for_lock(
        pg::Session& session, std::string enterprise
    );

    struct Taken {
        std::map<std::string, std::int64_t>
            versions;                      ///< Of the stored trackers; 0 if there is none.
        std::vector<EventPointer> events;  ///< That were still waiting; by time of receipt.
    };
    /// Takes the given events out of the waiting ones: somebody else may have been quicker. With
    /// them go their batches; what else these held waits one by one from now on.
    static asio::awaitable<base::Result<Taken>> take(
        pg::Session& session, std::vector<std::string> enterprises, std::vector<EventPointer> events
    );
    /// Takes the oldest waiting events of each enterprise, with their bodies.
    static asio::awaitable<base::Result<Taken>> take_waiting(
        pg::Session& session, std::vector<std::string> enterprises, int limit_each
    );

    /// The stored live calls by enterprise.
    static asio::awaitable<base::Result<std::map<std::string, std::vector<std::string>>>>
    live_states(pg::Session& session, std::vector<std::string> enterprises);
    /// The latest stored body of that event type among the call's events; nothing if there is none.
    static asio::awaitable<base::Result<std::optional<std::string>>> last_body(
        pg::Session& session,
        std::string enterprise,
        std::vector<std::string> unique_ids,
        std::string event_type
    );
    /// Everything that the batch has changed; each enterprise's version grows by one.
    static asio::awaitable<base::Result<>> write(
        pg::Session& session, std::vector<CorrelationResult> results
    );

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::ingest
