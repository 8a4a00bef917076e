#include "housekeeping.hpp"

#include <chrono>

#include "base/log.hpp"
#include "event_store.hpp"
#include "ledger_store.hpp"
#include "net/sleep.hpp"
#include "retention.hpp"

namespace trunkline::ingest {

Housekeeping::Housekeeping(asio::any_io_executor executor, pg::Pool& pool, int keep_events_days)
    : pool_(pool),
      keep_events_days_(keep_events_days),
      tasks_(std::move(executor), "housekeeping") {}

void Housekeeping::start() { tasks_.spawn("run", run()); }

asio::awaitable<void> Housekeeping::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

asio::awaitable<void> Housekeeping::run() {
    static const base::Logger logger("housekeeping");
    for (;;) {
        const auto done = co_await tidy();
        if (!done) {
            logger.debug("put off: {}", base::describe(done.error()));
        }
        co_await net::sleep_for(done ? std::chrono::seconds(3600) : std::chrono::seconds(5));
    }
}

asio::awaitable<base::Result<>> Housekeeping::tidy() {
    const auto made = co_await pool_.pipeline(
        {{"SELECT ensure_call_event_partitions(now(), 2)", {}},
         {"SELECT ensure_event_key_partitions(now(), 2)", {}}}
    );
    if (!made) {
        co_return std::unexpected(made.error());
    }
    if (keep_events_days_ > 0) {
        const auto dropped = co_await pool_.execute(
            "SELECT drop_call_event_partitions(now() - $1::bigint * interval '1 day')",
            pg::Params::of(keep_events_days_)
        );
        if (!dropped) {
            co_return std::unexpected(dropped.error());
        }
    }
    const auto books = co_await pool_.pipeline(LedgerStore::sweep_queries());
    if (!books) {
        co_return std::unexpected(books.error());
    }
    const auto thinned = co_await sweep_refused_and_dead(pool_);
    if (!thinned) {
        co_return thinned;
    }
    co_return co_await sweep_keys();
}

/// A recovered event is a repeat at any time, so keys stay as long as an exchange may catch up.
/// Some at a time: an exchange may have caught up with millions.
asio::awaitable<base::Result<>> Housekeeping::sweep_keys() {
    const auto dropped = co_await pool_.execute(
        "SELECT drop_event_key_partitions(now() - $1::bigint * interval '1 day')",
        pg::Params::of(event_keys_kept.count())
    );
    if (!dropped) {
        co_return std::unexpected(dropped.error());
    }
    for (;;) {
        const auto swept = co_await pool_.execute(
            "DELETE FROM event_keys WHERE ctid = ANY (ARRAY(SELECT ctid FROM event_keys "
            "WHERE seen_at < now() - $1::bigint * interval '1 day' LIMIT 5000))",
            pg::Params::of(event_keys_kept.count())
        );
        if (!swept) {
            co_return std::unexpected(swept.error());
        }
        if (swept->affected() == 0) {
            co_return base::Result<>{};
        }
        co_await net::sleep_for(std::chrono::milliseconds(50));
    }
}

}  // namespace trunkline::ingest
