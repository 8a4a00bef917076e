#include "digest_store.hpp"

#include <algorithm>
#include <utility>

namespace trunkline::telegram {
namespace {

constexpr int max_items = 500;  ///< A message has room for far fewer; the rest is counted.

std::vector<std::string> uuids_of(const std::vector<DigestItem>& items) {
    std::vector<std::string> out;
    out.reserve(items.size());
    for (const auto& item : items) {
        out.push_back(item.call_uuid);
    }
    return out;
}

}  // namespace

asio::awaitable<base::Result<>> DigestStore::change(std::vector<pg::Query> queries) {
    const auto done = co_await pool_.pipeline(std::move(queries));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> DigestStore::add(
    const std::string& enterprise,
    std::int64_t chat,
    std::int64_t bot,
    const DigestItem& item,
    base::WallTime due
) {
    std::vector<pg::Query> queries;
    queries.push_back(
        {"INSERT INTO telegram_digest_items AS i (enterprise_number, chat_id, call_uuid, ended_at, "
         "answered, text, due_at) VALUES ($1, $2, $3::uuid, $4, $5, $6, $7) ON CONFLICT "
         "(enterprise_number, chat_id, call_uuid) DO UPDATE SET ended_at = excluded.ended_at, "
         "answered = excluded.answered, text = excluded.text WHERE i.told_at IS NULL",
         pg::Params::of(
             enterprise, chat, item.call_uuid, item.ended_at, item.answered, item.text, due
         )}
    );
    queries.push_back(
        {"INSERT INTO telegram_digests AS d (enterprise_number, chat_id, bot_id, due_at) SELECT "
         "$1, $2, $3, min(due_at) FROM telegram_digest_items WHERE enterprise_number = $1 AND "
         "chat_id = $2 AND told_at IS NULL HAVING count(*) > 0 ON CONFLICT (enterprise_number, "
         "chat_id) DO UPDATE SET bot_id = excluded.bot_id, due_at = CASE WHEN d.attempts = 0 THEN "
         "least(d.due_at, excluded.due_at) ELSE d.due_at END",
         pg::Params::of(enterprise, chat, bot)}
    );
    return change(std::move(queries));
}

asio::awaitable<base::Result<bool>> DigestStore::has(
    std::string enterprise, std::int64_t chat, std::string call_uuid
) {
    const auto rows = co_await pool_.execute(
        "SELECT 1 FROM telegram_digest_items WHERE enterprise_number = $1 AND chat_id = $2 AND "
        "call_uuid = $3::uuid",
        pg::Params::of(enterprise, chat, call_uuid)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return !rows->empty();
}

asio::awaitable<base::Result<std::vector<ClaimedDigest>>> DigestStore::claim(
    int limit, std::chrono::milliseconds lease
) {
    const auto rows = co_await pool_.execute(
        "WITH due AS (SELECT enterprise_number, chat_id FROM telegram_digests WHERE due_at <= "
        "now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED) UPDATE telegram_digests d SET "
        "epoch = d.epoch + 1, attempts = d.attempts + 1, due_at = now() + $2::bigint * interval '1 "
        "millisecond' FROM due WHERE d.enterprise_number = due.enterprise_number AND d.chat_id = "
        "due.chat_id RETURNING d.enterprise_number, d.chat_id, d.bot_id, d.epoch, d.attempts, "
        "d.outcome_unknown",
        pg::Params::of(limit, static_cast<std::int64_t>(lease.count()))
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<ClaimedDigest> out;
    for (const auto& row : *rows) {
        ClaimedDigest digest;
        digest.enterprise = row.text("enterprise_number");
        digest.chat = row.integer("chat_id");
        digest.bot = row.integer("bot_id");
        digest.epoch = row.integer("epoch");
        digest.attempts = static_cast<int>(row.integer("attempts"));
        digest.outcome_unknown = row.boolean("outcome_unknown");
        out.push_back(std::move(digest));
    }
    for (auto& digest : out) {
        const auto items = co_await pool_.execute(
            "SELECT call_uuid::text AS call_uuid, ended_at, answered, text FROM "
            "telegram_digest_items WHERE enterprise_number = $1 AND chat_id = $2 AND told_at IS "
            "NULL ORDER BY ended_at DESC LIMIT $3",
            pg::Params::of(digest.enterprise, digest.chat, max_items)
        );
        if (!items) {
            co_return std::unexpected(items.error());
        }
        for (const auto& row : *items) {
            digest.items.push_back(
                {std::string(row.text("call_uuid")),
                 row.time("ended_at"),
                 row.boolean("answered"),
                 std::string(row.text("text"))}
            );
        }
    }
    co_return out;
}

asio::awaitable<base::Result<>> DigestStore::told(const ClaimedDigest& digest) {
    std::vector<pg::Query> queries;
    queries.push_back(
        {"UPDATE telegram_digest_items SET told_at = now() WHERE enterprise_number = $1 AND "
         "chat_id = $2 AND call_uuid = ANY($3::uuid[]) AND EXISTS (SELECT FROM telegram_digests "
         "WHERE enterprise_number = $1 AND chat_id = $2 AND epoch = $4)",
         pg::Params::of(digest.enterprise, digest.chat, uuids_of(digest.items), digest.epoch)}
    );
    // What came in meanwhile waits for its own time.
    queries.push_back(
        {"UPDATE telegram_digests d SET attempts = 0, outcome_unknown = false, due_at = "
         "left_over.due "
         "FROM (SELECT min(due_at) AS due FROM telegram_digest_items WHERE enterprise_number = $1 "
         "AND chat_id = $2 AND told_at IS NULL) left_over WHERE d.enterprise_number = $1 AND "
         "d.chat_id = $2 AND d.epoch = $3 AND left_over.due IS NOT NULL",
         pg::Params::of(digest.enterprise, digest.chat, digest.epoch)}
    );
    queries.push_back(
        {"DELETE FROM telegram_digests WHERE enterprise_number = $1 AND chat_id = $2 AND epoch = "
         "$3 "
         "AND NOT EXISTS (SELECT FROM telegram_digest_items WHERE enterprise_number = $1 AND "
         "chat_id = $2 AND told_at IS NULL)",
         pg::Params::of(digest.enterprise, digest.chat, digest.epoch)}
    );
    return change(std::move(queries));
}

asio::awaitable<base::Result<>> DigestStore::postpone(
    const ClaimedDigest& digest, std::chrono::milliseconds pause, bool outcome_unknown
) {
    std::vector<pg::Query> queries;
    queries.push_back(
        {"UPDATE telegram_digests SET due_at = now() + $4::bigint * interval '1 millisecond', "
         "outcome_unknown = $5 WHERE enterprise_number = $1 AND chat_id = $2 AND epoch = $3",
         pg::Params::of(
             digest.enterprise,
             digest.chat,
             digest.epoch,
             static_cast<std::int64_t>(pause.count()),
             outcome_unknown
         )}
    );
    return change(std::move(queries));
}

asio::awaitable<base::Result<>> DigestStore::drop(const ClaimedDigest& digest) {
    std::vector<pg::Query> queries;
    queries.push_back(
        {"UPDATE telegram_digest_items SET told_at = now() WHERE enterprise_number = $1 AND "
         "chat_id = $2 AND told_at IS NULL",
         pg::Params::of(digest.enterprise, digest.chat)}
    );
    queries.push_back(
        {"DELETE FROM telegram_digests WHERE enterprise_number = $1 AND chat_id = $2 AND epoch = "
         "$3",
         pg::Params::of(digest.enterprise, digest.chat, digest.epoch)}
    );
    return change(std::move(queries));
}

}  // namespace trunkline::telegram
