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
    item.attempt = static_cast<unsigned>(row.integer("attempts"));
    item.created_at = row.time("created_at");
    return item;
}

// A message is takeable when no older one of its order key exists, done ones being deleted.
// next_attempt_at is also the lease: a claim moves it into the future, and a worker that dies
// simply lets it come round again.
constexpr auto claim_sql =
    "WITH heads AS ("
    "SELECT o.id FROM outbox o WHERE o.queue = $1 AND o.next_attempt_at <= now() "
    "AND NOT EXISTS (SELECT 1 FROM outbox older WHERE older.queue = o.queue "
    "AND older.enterprise_number = o.enterprise_number AND older.target = o.target "
    "AND older.order_key = o.order_key AND older.id < o.id) "
    "AND NOT EXISTS (SELECT 1 FROM unnest($3::text[], $4::text[]) AS busy(enterprise, target) "
    "WHERE busy.enterprise = o.enterprise_number AND busy.target = o.target) "
    "ORDER BY o.next_attempt_at, o.id LIMIT $2 FOR UPDATE OF o SKIP LOCKED) "
    "UPDATE outbox SET attempts = outbox.attempts + 1, next_attempt_at = now() + $5::bigint * "
    "interval '1 millisecond' "
    "FROM heads WHERE outbox.id = heads.id "
    "RETURNING outbox.id, enterprise_number, target, order_key, kind, payload, trace_id, attempts, "
    "created_at";

}  // namespace

asio::awaitable<base::Result<std::vector<Item>>> Store::claim(
    std::size_t limit, const Lanes& lanes, std::chrono::milliseconds lease
) {
    auto [enterprises, targets] = lanes.full();
    pg::Params params;
    params << queue_ << static_cast<std::int64_t>(limit) << enterprises << targets
           << static_cast<std::int64_t>(lease.count());
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

asio::awaitable<base::Result<>> Store::remove(std::vector<std::int64_t> ids) {
    std::vector<std::string> texts;
    texts.reserve(ids.size());
    for (const auto id : ids) {
        texts.push_back(std::to_string(id));
    }
    pg::Params params;
    params << texts;
    const auto done = co_await pool_.execute(
        "DELETE FROM outbox WHERE id = ANY($1::text[]::bigint[])", std::move(params)
    );
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> Store::postpone(
    const Item& item, std::chrono::milliseconds pause, std::string reason
) {
    pg::Params params;
    params << item.id << static_cast<std::int64_t>(item.attempt)
           << static_cast<std::int64_t>(pause.count()) << reason;
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

asio::awaitable<base::Result<>> Store::bury(const Item& item, std::string reason) {
    pg::Params params;
    params << item.id << static_cast<std::int64_t>(item.attempt) << reason;
    const auto done = co_await pool_.execute(
        "WITH dead AS (DELETE FROM outbox WHERE id = $1 AND attempts = $2 RETURNING *) "
        "INSERT INTO dead_letters (id, queue, enterprise_number, target, order_key, kind, payload, "
        "trace_id, attempts, "
        "reason, created_at) SELECT id, queue, enterprise_number, target, order_key, kind, "
        "payload, trace_id, attempts, "
        "$3, created_at FROM dead ON CONFLICT (id) DO NOTHING",
        std::move(params)
    );
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
        "AS pause FROM outbox WHERE queue = $1 AND next_attempt_at > now()",
        std::move(params)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return std::chrono::milliseconds((*rows)[0].integer("pause"));
}

}  // namespace trunkline::outbox
