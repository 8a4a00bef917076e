#include "poller_store.hpp"

#include <utility>
#include <vector>

namespace trunkline::telegram {

asio::awaitable<base::Result<PollerStore::Start>> PollerStore::begin(std::int64_t bot) {
    const auto rows = co_await pool_.execute(
        "INSERT INTO telegram_pollers AS p (bot_id, epoch) VALUES ($1, 1) ON CONFLICT (bot_id) DO "
        "UPDATE SET epoch = p.epoch + 1 RETURNING epoch, username, CASE WHEN read_at > now() - "
        "interval '24 hours' THEN next_update ELSE 0 END AS next_update",
        pg::Params::of(bot)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto row = rows->front();
    Start start;
    start.epoch = row.integer("epoch");
    start.offset = row.integer("next_update");
    start.username = row.text("username");
    co_return start;
}

asio::awaitable<base::Result<>> PollerStore::keep(
    std::int64_t bot, std::int64_t epoch, std::int64_t next_update
) {
    const auto rows = co_await pool_.execute(
        "UPDATE telegram_pollers SET next_update = $3, read_at = now() WHERE bot_id = $1 AND epoch "
        "= $2",
        pg::Params::of(bot, epoch, next_update)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->affected() == 0) {
        co_return base::fail(base::Errc::conflict, "another poller of this bot has begun");
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> PollerStore::keep_username(std::int64_t bot, std::string username) {
    const auto rows = co_await pool_.execute(
        "INSERT INTO telegram_pollers AS p (bot_id, username) VALUES ($1, $2) ON CONFLICT (bot_id) "
        "DO UPDATE SET username = $2 WHERE p.username <> $2",
        pg::Params::of(bot, username)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> PollerStore::clean() {
    std::vector<pg::Query> queries;
    queries.push_back(
        {"DELETE FROM telegram_updates WHERE taken_at < now() - interval '3 days'", {}}
    );
    queries.push_back(
        {"DELETE FROM telegram_invites WHERE expires_at < now() - interval '30 days'", {}}
    );
    queries.push_back(
        {"DELETE FROM telegram_digest_items WHERE told_at < now() - interval '3 days'", {}}
    );
    const auto done = co_await pool_.pipeline(std::move(queries));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::telegram
