#include "store.hpp"

#include <utility>

namespace trunkline::outbox {
namespace {

Item item_of(const pg::Row& row) {
    Item item;
    item.id = row.integer("id");
    item.message.enterprise_number = row.text("enterprise_number");
    item.message.target = row.text("target");
    item.message.order_key = row.text("order_key");
    item.message.kind = row.text("kind");
    item.message.payload = row.text("payload");
    item.message.trace_id = row.text("trace_id");
    item.claim = row.integer("attempts");
    item.attempt = static_cast<unsigned>(item.claim - row.integer("waits"));
    item.created_at = row.time("created_at");
    return item;
}

// What is due is looked for target by target, so that a target that is left out costs nothing,
// however much waits for it. Rows behind another one of their order key are parked at infinity (see
// insert_query); the look for an older one catches those that two transactions put in at the same
// moment. next_attempt_at is also the lease: a claim moves it into the future, and a worker that
// dies simply lets it come round again.
constexpr auto claim_sql =
    "WITH RECURSIVE targets(target) AS ("
    "SELECT min(target) FROM outbox WHERE queue = $1 AND next_attempt_at < 'infinity' UNION ALL "
    "SELECT (SELECT min(o.target) FROM outbox o WHERE o.queue = $1 AND o.target > t.target "
    "AND o.next_attempt_at < 'infinity') "
    "FROM targets t WHERE t.target IS NOT NULL), "
    "heads AS ("
    "SELECT h.id FROM targets t CROSS JOIN LATERAL ("
    "SELECT o.id FROM outbox o WHERE o.queue = $1 AND o.target = t.target "
    "AND o.next_attempt_at <= now() AND o.next_attempt_at < 'infinity' "
    "AND o.id = (SELECT (array_agg(k.id ORDER BY k.id))[1] FROM outbox k WHERE k.queue = o.queue "
    "AND k.enterprise_number = o.enterprise_number AND k.target = o.target "
    "AND k.order_key = o.order_key) "
    "AND NOT EXISTS (SELECT 1 FROM unnest($4::text[], $5::text[]) AS busy(enterprise, target) "
    "WHERE busy.enterprise = o.enterprise_number AND busy.target = o.target) "
    "AND ($9::text IS NULL OR o.enterprise_number = $9) "
    "ORDER BY o.next_attempt_at LIMIT $3 FOR UPDATE OF o SKIP LOCKED) h "
    "WHERE t.target IS NOT NULL AND t.target <> ALL ($6::text[]) "
    "AND ($8::text IS NULL OR t.target = $8) LIMIT $2) "
    "UPDATE outbox SET attempts = outbox.attempts + 1, next_attempt_at = now() + $7::bigint * "
    "interval '1 millisecond' "
    "FROM heads WHERE outbox.id = heads.id "
    "RETURNING outbox.id, enterprise_number, target, order_key, kind, payload, trace_id, attempts, "
    "waits, created_at";

// The first of each order key that is left becomes due.
constexpr auto release_sql =
    "UPDATE outbox SET next_attempt_at = greatest(now(), not_before) WHERE id IN ("
    "SELECT (SELECT (array_agg(o.id ORDER BY o.id))[1] FROM outbox o WHERE o.queue = $1 AND "
    "o.enterprise_number = "
    "k.enterprise AND o.target = k.target AND o.order_key = k.order_key) "
    "FROM unnest($2::text[], $3::text[], $4::text[]) AS k(enterprise, target, order_key)) "
    "AND next_attempt_at = 'infinity'";

pg::Query release_query(const std::string& queue, const std::vector<Handle>& handles) {
    std::vector<std::string> enterprises;
    std::vector<std::string> targets;
    std::vector<std::string> order_keys;
    for (const auto& handle : handles) {
        enterprises.push_back(handle.enterprise_number);
        targets.push_back(handle.target);
        order_keys.push_back(handle.order_key);
    }
    return pg::Query{release_sql, pg::Params::of(queue, enterprises, targets, order_keys)};
}

}  // namespace

Handle handle_of(const Item& item) {
    return Handle{
        .id = item.id,
        .enterprise_number = item.message.enterprise_number,
        .target = item.message.target,
        .order_key = item.message.order_key
    };
}

asio::awaitable<base::Result<std::vector<Item>>> Store::claim(
    Claim claim, const Lanes& lanes, std::chrono::milliseconds lease
) {
    // Who is asked for by name is asked for because he is left alone otherwise.
    auto [enterprises, targets] = claim.only_enterprise
                                      ? decltype(lanes.full({})){}
                                      : lanes.full(std::chrono::steady_clock::now());
    pg::Params params;
    params << queue_ << static_cast<std::int64_t>(claim.limit)
           << static_cast<std::int64_t>(claim.per_target) << enterprises << targets << claim.except
           << static_cast<std::int64_t>(lease.count()) << claim.only << claim.only_enterprise;
    const auto rows = co_await pool_.execute(claim_sql, std::move(params));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<Item> items;
    items.reserve(rows->size());
    for (const auto& row : *rows) {
        items.push_back(item_of(row));
    }
    co_return items;
}

asio::awaitable<base::Result<>> Store::renew(
    std::vector<std::int64_t> ids, std::vector<std::int64_t> claims, std::chrono::milliseconds lease
) {
    const auto done = co_await pool_.execute(
        "UPDATE outbox SET next_attempt_at = now() + $3::bigint * interval '1 millisecond' "
        "FROM unnest($1::bigint[], $2::bigint[]) AS mine(id, claim) "
        "WHERE outbox.id = mine.id AND outbox.attempts = mine.claim",
        pg::Params::of(ids, claims, static_cast<std::int64_t>(lease.count()))
    );
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> Store::remove(std::vector<Handle> handles) {
    std::vector<std::int64_t> ids;
    ids.reserve(handles.size());
    for (const auto& handle : handles) {
        ids.push_back(handle.id);
    }
    std::vector<pg::Query> queries;
    queries.push_back(pg::Query{
        "WITH gone AS (SELECT id FROM outbox WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE) "
        "DELETE FROM outbox USING gone WHERE outbox.id = gone.id",
        pg::Params::of(ids)
    });
    queries.push_back(release_query(queue_, handles));
    const auto done = co_await pool_.pipeline(std::move(queries));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> Store::postpone(
    const Item& item, std::chrono::milliseconds pause, std::string reason
) {
    pg::Params params;
    params << item.id << item.claim << static_cast<std::int64_t>(pause.count()) << reason;
    const auto done = co_await pool_.execute(
        "UPDATE outbox SET next_attempt_at = now() + $3::bigint * interval '1 millisecond', "
        "last_error = $4 "
        "WHERE id = $1 AND attempts = $2",
        std::move(params)
    );
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> Store::wait(
    const Item& item, std::chrono::milliseconds pause, std::string reason
) {
    pg::Params params;
    params << item.id << item.claim << static_cast<std::int64_t>(pause.count()) << reason;
    const auto done = co_await pool_.execute(
        "UPDATE outbox SET next_attempt_at = now() + $3::bigint * interval '1 millisecond', "
        "waits = waits + 1, last_error = $4 WHERE id = $1 AND attempts = $2",
        std::move(params)
    );
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> Store::bury(const Item& item, std::string reason) {
    std::vector<pg::Query> queries;
    queries.push_back(pg::Query{
        "WITH dead AS (DELETE FROM outbox WHERE id = $1 AND attempts = $2 RETURNING *) "
        "INSERT INTO dead_letters (id, queue, enterprise_number, target, order_key, kind, payload, "
        "trace_id, attempts, "
        "reason, created_at) SELECT id, queue, enterprise_number, target, order_key, kind, "
        "payload, trace_id, attempts - waits, "
        "$3, created_at FROM dead "
        // A replayed letter that dies again keeps its row.
        "ON CONFLICT (id) DO UPDATE SET attempts = excluded.attempts, reason = excluded.reason, "
        "died_at = now()",
        pg::Params::of(item.id, item.claim, reason)
    });
    queries.push_back(release_query(queue_, {handle_of(item)}));
    const auto done = co_await pool_.pipeline(std::move(queries));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<Store::Depth>> Store::depth() {
    pg::Params params;
    params << queue_;
    const auto rows = co_await pool_.execute(
        "SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), "
        "0)::float8 AS oldest "
        "FROM outbox WHERE queue = $1",
        std::move(params)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto& row = (*rows)[0];
    co_return Depth{.waiting = row.integer("waiting"), .oldest_seconds = row.number("oldest")};
}

asio::awaitable<base::Result<std::chrono::milliseconds>> Store::until_due(
    std::chrono::milliseconds cap
) {
    pg::Params params;
    params << queue_ << static_cast<std::int64_t>(cap.count());
    const auto rows = co_await pool_.execute(
        "SELECT least($2::bigint, coalesce(ceil(extract(epoch FROM min(next_attempt_at) - now()) * "
        "1000)::bigint, $2::bigint)) "
        "AS pause FROM (WITH RECURSIVE targets(target) AS ("
        "SELECT min(target) FROM outbox WHERE queue = $1 AND next_attempt_at < 'infinity' UNION "
        "ALL SELECT (SELECT min(o.target) FROM outbox o WHERE o.queue = $1 AND o.target > "
        "t.target AND o.next_attempt_at < 'infinity') "
        "FROM targets t WHERE t.target IS NOT NULL) "
        "SELECT (SELECT o.next_attempt_at FROM outbox o WHERE o.queue = $1 AND o.target = t.target "
        "AND o.next_attempt_at > now() AND o.next_attempt_at < 'infinity' "
        "ORDER BY o.next_attempt_at LIMIT 1) AS next_attempt_at "
        "FROM targets t WHERE t.target IS NOT NULL) due",
        std::move(params)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return std::chrono::milliseconds((*rows)[0].integer("pause"));
}

}  // namespace trunkline::outbox
