#include "outbox/replay.hpp"

namespace trunkline::outbox {
namespace {

// The letter's row is locked, so of two replays at once the second finds the first one's work. What
// stands before it in its order key is locked too, so that it cannot go without releasing ours
// (src/insert.cpp).
constexpr auto replay_sql =
    "WITH letter AS MATERIALIZED (SELECT * FROM dead_letters WHERE id = $1 FOR UPDATE), "
    "ahead AS MATERIALIZED (SELECT o.id FROM outbox o WHERE o.id = (SELECT (array_agg(e.id ORDER "
    "BY "
    "e.id DESC))[1] FROM outbox e JOIN letter l ON e.queue = l.queue "
    "AND e.enterprise_number = l.enterprise_number AND e.target = l.target "
    "AND e.order_key = l.order_key WHERE e.id < l.id) FOR KEY SHARE), "
    "put AS (INSERT INTO outbox (id, queue, enterprise_number, target, order_key, kind, payload, "
    "trace_id, next_attempt_at) OVERRIDING SYSTEM VALUE "
    "SELECT id, queue, enterprise_number, target, order_key, kind, payload, trace_id, "
    "CASE WHEN EXISTS (SELECT 1 FROM ahead) THEN 'infinity' ELSE now() END FROM letter "
    "ON CONFLICT (id) DO NOTHING RETURNING id), "
    "marked AS (UPDATE dead_letters d SET replayed_at = now() FROM put WHERE d.id = put.id "
    "RETURNING pg_notify('outbox_' || d.queue, '')) "
    "SELECT (SELECT count(*) FROM letter) AS found, (SELECT count(*) FROM marked) AS marked";

}  // namespace

asio::awaitable<base::Result<Replay>> replay(pg::Pool& pool, std::int64_t id) {
    const auto rows = co_await pool.execute(replay_sql, pg::Params::of(id));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto row = rows->front();
    if (row.integer("found") == 0) {
        co_return Replay::missing;
    }
    co_return row.integer("marked") == 0 ? Replay::pending : Replay::queued;
}

}  // namespace trunkline::outbox
