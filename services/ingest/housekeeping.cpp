#include "housekeeping.hpp"

#include <chrono>

#include "base/log.hpp"
#include "event_store.hpp"
#include "ledger_store.hpp"
#include "net/sleep.hpp"
#include "retention.hpp"

namespace trunkline::ingest {
namespace {

constexpr auto every = std::chrono::hours(1);
/// Those who store events wait for a moment at each try.
constexpr auto after_failure = std::chrono::seconds(20);

}  // namespace

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
        co_await net::sleep_for(done ? net::Duration(every) : net::Duration(after_failure));
    }
}

/// Each step for itself: a table that somebody reads just now holds up no other.
asio::awaitable<base::Result<>> Housekeeping::tidy() {
    base::Result<> all;
    const auto note = [&all](const auto& result) {
        if (!result && all) {
            all = std::unexpected(result.error());
        }
    };
    const auto event_months =
        co_await pool_.execute("SELECT ensure_call_event_partitions(now(), 2)");
    note(event_months);
    const auto key_days = co_await pool_.execute("SELECT ensure_event_key_partitions(now(), 2)");
    note(key_days);
    if (keep_events_days_ > 0) {
        const auto dropped = co_await pool_.execute(
            "SELECT drop_call_event_partitions(now() - $1::bigint * interval '1 day')",
            pg::Params::of(keep_events_days_)
        );
        note(dropped);
    }
    const auto books = co_await pool_.pipeline(LedgerStore::sweep_queries());
    note(books);
    const auto thinned = co_await sweep_refused_and_dead(pool_);
    note(thinned);
    const auto dropped_keys = co_await pool_.execute(
        "SELECT drop_event_key_partitions(now() - $1::bigint * interval '1 day')",
        pg::Params::of(event_keys_kept.count())
    );
    note(dropped_keys);
    const auto swept = co_await sweep_keys();
    note(swept);
    co_return all;
}

/// An exchange may catch up for as long. Some at a time: there may be millions.
asio::awaitable<base::Result<>> Housekeeping::sweep_keys() {
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
