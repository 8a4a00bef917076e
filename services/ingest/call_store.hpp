#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "call/live_call.hpp"
#include "net/asio.hpp"
#include "outbox/message.hpp"
#include "pg/pool.hpp"

namespace trunkline::ingest {

/// An event that waits for correlation.
struct PendingEvent {
    std::int64_t position = 0;
    std::string event_id;
    base::WallTime received_at;
    std::optional<base::WallTime> event_time;
    std::string event_type;
    std::string pbx;
    std::string raw_data;
    std::string trace_id;
    bool recovered = false;
};

/// What correlating a batch has changed: written in one commit, all or nothing.
struct CorrelationResult {
    std::vector<std::int64_t> consumed;  ///< Positions of the pending events.
    struct Assignment {
        std::string event_id;
        base::WallTime received_at;
        std::string call_uuid;
    };
    std::vector<Assignment> assignments;
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
    std::vector<call::Call> finished;  ///< Rows of `calls`, new or corrected.
    std::vector<outbox::Message> telegram;
    std::vector<outbox::Message> gateway;
    std::optional<base::WallTime> next_timer;
};

/// Correlation's and diagnostics' side of the tables. Functions with a Session run inside the
/// caller's transaction.
class CallStore {
public:
    explicit CallStore(pg::Pool& pool) : pool_(pool) {}
    pg::Pool& pool() { return pool_; }

    /// Enterprises with waiting events or a due timer.
    asio::awaitable<base::Result<std::vector<std::string>>> enterprises_with_work();
    /// Until the next tracker timer, `cap` at the most.
    asio::awaitable<base::Result<std::chrono::milliseconds>> until_timer(
        std::chrono::milliseconds cap
    );

    /// False: another worker correlates this enterprise now. The lock ends with the transaction.
    static asio::awaitable<base::Result<bool>> lock(pg::Session& session, std::string enterprise);
    static asio::awaitable<base::Result<std::vector<PendingEvent>>> pending(
        pg::Session& session, std::string enterprise, int limit
    );
    static asio::awaitable<base::Result<std::vector<std::string>>> live_states(
        pg::Session& session, std::string enterprise
    );
    /// The latest stored body of that event type among the call's events; nothing if there is none.
    static asio::awaitable<base::Result<std::optional<std::string>>> last_body(
        pg::Session& session,
        std::string enterprise,
        std::vector<std::string> unique_ids,
        std::string event_type
    );
    static asio::awaitable<base::Result<>> write(
        pg::Session& session, std::string enterprise, CorrelationResult result
    );

    struct CallFilter {
        std::optional<std::string> enterprise, phone, unique_id, from, to, cursor;
        int limit = 100;
    };
    /// Newest first, as JSON objects; `next` continues after the last.
    asio::awaitable<base::Result<std::string>> list_calls(CallFilter filter);
    asio::awaitable<base::Result<std::string>> get_call(std::string uuid);
    asio::awaitable<base::Result<std::string>> get_events(std::string uuid);

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::ingest
