#include "stats.hpp"

#include <map>

#include "net/sleep.hpp"

namespace trunkline::telegram {
namespace {

constexpr auto refresh_period = std::chrono::seconds(5);

// The index of what is due holds exactly these rows.
constexpr auto queues_sql =
    "SELECT bot_id, count(*) AS waiting, count(*) FILTER (WHERE in_flight_since IS NOT NULL) AS "
    "in_flight, (extract(epoch FROM now() - min(wanted_at)) * 1000)::bigint AS oldest_ms FROM "
    "telegram_messages WHERE wanted_version > sent_version AND dead_reason IS NULL GROUP BY bot_id";

constexpr auto totals_sql =
    "SELECT count(*) AS cards, count(*) FILTER (WHERE dead_reason IS NOT NULL) AS dead, "
    "coalesce(sum(possible_doubles), 0)::bigint AS possible_doubles, (SELECT count(*) FROM "
    "telegram_digests) AS digests FROM telegram_messages";

}  // namespace

void Stats::start() { tasks_.spawn("refresh", refresh_loop()); }

asio::awaitable<void> Stats::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

asio::awaitable<void> Stats::refresh_loop() {
    for (;;) {
        const auto done = co_await refresh();
        if (!done) {
            logger_.debug("the queues cannot be counted: {}", base::describe(done.error()));
        }
        co_await net::sleep_for(refresh_period);
    }
}

asio::awaitable<base::Result<>> Stats::refresh() {
    const auto rows = co_await pool_.execute(queues_sql);
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::map<std::int64_t, BotFigures::Queue> queues;
    for (const auto& row : *rows) {
        queues[row.integer("bot_id")] = {
            row.integer("waiting"), row.integer("in_flight"), row.integer("oldest_ms")
        };
    }
    figures_.set_queues(queues);
    co_return base::Result<>{};
}

asio::awaitable<base::Result<std::string>> Stats::json() {
    const auto refreshed = co_await refresh();
    if (!refreshed) {
        co_return std::unexpected(refreshed.error());
    }
    const auto rows = co_await pool_.execute(totals_sql);
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto totals = rows->front();
    const auto sums = figures_.totals();
    json::Writer writer;
    writer.begin_object()
        .member("waiting", sums.waiting)
        .member("dead", totals.integer("dead"))
        .member("in_flight", sums.in_flight)
        .member("cards", totals.integer("cards"))
        .member("possible_doubles", totals.integer("possible_doubles"))
        .member("digests", totals.integer("digests"))
        .key("bots");
    figures_.write(writer);
    co_return writer.end_object().take();
}

}  // namespace trunkline::telegram
