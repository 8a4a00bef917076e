#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "pg/pool.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

namespace trunkline::pg::test {

/// Quick to notice, and patient where only a starved machine would take so long: no limit decides a
/// test by chance.
inline Settings settings_for(std::string url) {
    Settings settings;
    settings.url = std::move(url);
    settings.idle_check = std::chrono::milliseconds(50);
    settings.reconnect_maximum = std::chrono::milliseconds(200);
    settings.connect_timeout = std::chrono::seconds(30);
    settings.acquire_timeout = std::chrono::seconds(50);
    settings.statement_timeout = std::chrono::seconds(50);
    return settings;
}

using Body = std::function<asio::awaitable<void>(Pool&)>;

inline asio::awaitable<void> use_pool(Settings settings, Body body) {
    const auto executor = co_await asio::this_coro::executor;
    Pool pool(executor, std::move(settings));
    co_await pool.open();
    co_await body(pool);
    co_await pool.close();
}

/// Runs `body` with an open pool, which is closed at the end.
inline void with_pool(
    Settings settings, Body body, std::chrono::seconds limit = std::chrono::seconds(150)
) {
    testing::run(use_pool(std::move(settings), std::move(body)), limit);
}

/// With a pool on a database of the test's own.
inline void with_scratch(Body body) {
    const testing::ScratchDatabase database;
    with_pool(settings_for(database.url()), std::move(body));
}

/// Looks again until `condition` holds. False: it did not within the limit, which is generous, for
/// it decides nothing.
inline asio::awaitable<bool> eventually(
    std::function<asio::awaitable<bool>()> condition,
    std::chrono::seconds limit = std::chrono::seconds(60)
) {
    const auto deadline = net::deadline_in(limit);
    while (net::time_left(deadline) > net::Duration::zero()) {
        const bool holds = co_await condition();
        if (holds) {
            co_return true;
        }
        co_await net::sleep_for(std::chrono::milliseconds(10));
    }
    co_return false;
}

inline asio::awaitable<bool> eventually_true(std::function<bool()> condition) {
    const auto look = [&condition]() -> asio::awaitable<bool> { co_return condition(); };
    const bool held = co_await eventually(look);
    co_return held;
}

/// The first column of the only row, as an integer; throws what failed.
inline asio::awaitable<std::int64_t> number_of(Pool& pool, std::string sql, Params params = {}) {
    const auto rows = co_await pool.execute(std::move(sql), std::move(params));
    if (!rows) {
        throw std::runtime_error(base::describe(rows.error()));
    }
    co_return rows->front().integer(0);
}

inline asio::awaitable<void> must(Pool& pool, std::string sql, Params params = {}) {
    const auto rows = co_await pool.execute(std::move(sql), std::move(params));
    if (!rows) {
        throw std::runtime_error(base::describe(rows.error()));
    }
}

/// Waits until some other session of `pool`'s server executes a statement that contains `part`.
inline asio::awaitable<bool> eventually_active(Pool& pool, std::string part) {
    const auto look = [&pool, &part]() -> asio::awaitable<bool> {
        const auto params = Params::of(part);
        const auto count = co_await number_of(
            pool,
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> "
            "pg_backend_pid() AND "
            "position($1 in query) > 0",
            params
        );
        co_return count > 0;
    };
    const bool seen = co_await eventually(look);
    co_return seen;
}

using Outcome = std::optional<base::Result<Rows>>;

inline asio::awaitable<void> execute_into(Outcome& outcome, Pool& pool, std::string sql) {
    outcome = co_await pool.execute(std::move(sql), {}, net::deadline_in(std::chrono::seconds(50)));
}

}  // namespace trunkline::pg::test
