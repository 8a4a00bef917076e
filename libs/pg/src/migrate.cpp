#include "pg/migrate.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "migration_plan.hpp"

namespace trunkline::pg {
namespace {

// "trunklin" as a number: the same in every release, and unlikely to be anybody else's.
constexpr std::int64_t lock_key = 0x7472756e6b6c696e;

base::Error at(const Migration& migration, base::Error error) {
    error.detail = describe(migration) + ": " + error.detail;
    return error;
}

// The session's own limits, since a migration may take longer than any request. The session is not
// pooled afterwards.
asio::awaitable<base::Result<>> prepare_session(Session& session) {
    session.discard();
    const auto set = co_await session.script(
        "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout "
        "= '2s'"
    );
    co_return set ? base::Result<>() : std::unexpected(set.error());
}

// In short waits: each holds a snapshot, which would block whoever holds the lock from, say, CREATE
// INDEX CONCURRENTLY.
asio::awaitable<base::Result<>> take_lock(Session& session, net::Deadline deadline) {
    for (;;) {
        const auto params = Params::of(lock_key);
        const auto one_wait = net::deadline_in(std::chrono::seconds(10));
        const auto locked =
            co_await session.execute("SELECT pg_advisory_lock($1)", params, one_wait);
        if (locked) {
            break;
        }
        if (locked.error().native != "55P03") {
            co_return std::unexpected(locked.error());
        }
        if (net::time_left(deadline) <= net::Duration::zero()) {
            co_return base::fail(
                base::Errc::timeout, "another process has been migrating the database for too long"
            );
        }
    }
    const auto reset = co_await session.script("SET lock_timeout = 0");
    co_return reset ? base::Result<>() : std::unexpected(reset.error());
}

asio::awaitable<base::Result<std::vector<AppliedMigration>>> read_applied(Session& session) {
    const auto made = co_await session.script(
        "CREATE TABLE IF NOT EXISTS schema_migrations (number int PRIMARY KEY, name text NOT NULL, "
        "checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    );
    if (!made) {
        co_return std::unexpected(made.error());
    }
    const auto rows =
        co_await session.execute("SELECT number, checksum FROM schema_migrations ORDER BY number");
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<AppliedMigration> applied;
    for (const auto row : *rows) {
        applied.push_back(
            {.number = static_cast<int>(row.integer("number")),
             .checksum = std::string(row.text("checksum"))}
        );
    }
    co_return applied;
}

// By the server, as this layer has no SHA-256 of its own.
asio::awaitable<base::Result<std::vector<std::string>>> checksums_of(
    Session& session, std::span<const Migration> migrations
) {
    std::vector<Query> queries;
    for (const auto& migration : migrations) {
        queries.push_back(
            {.sql = "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')",
             .params = Params::of(migration.sql)}
        );
    }
    const auto results = co_await session.pipeline(std::move(queries));
    if (!results) {
        co_return std::unexpected(results.error());
    }
    std::vector<std::string> checksums;
    for (const auto& rows : *results) {
        checksums.emplace_back(rows.front().text(0));
    }
    co_return checksums;
}

asio::awaitable<base::Result<>> apply_one(
    Session& session,
    const Migration& migration,
    const std::string& checksum,
    net::Deadline deadline
) {
    const auto begun = co_await session.begin();
    if (!begun) {
        co_return begun;
    }
    const auto ran = co_await session.script(migration.sql, deadline);
    if (!ran) {
        co_return std::unexpected(ran.error());
    }
    if (!session.in_transaction()) {
        co_return base::fail(base::Errc::invalid_input, "it ends the transaction that it runs in");
    }
    const auto params = Params::of(migration.number, migration.name, checksum);
    const auto noted = co_await session.execute(
        "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)", params
    );
    if (!noted) {
        co_return std::unexpected(noted.error());
    }
    const auto committed = co_await session.commit();
    co_return committed;
}

asio::awaitable<base::Result<int>> migrate_locked(
    Session& session, std::span<const Migration> migrations, std::chrono::milliseconds limit
) {
    const auto applied = co_await read_applied(session);
    if (!applied) {
        co_return std::unexpected(applied.error());
    }
    const auto checksums = co_await checksums_of(session, migrations);
    if (!checksums) {
        co_return std::unexpected(checksums.error());
    }
    const auto missing = plan_migrations(migrations, *checksums, *applied);
    if (!missing) {
        co_return std::unexpected(missing.error());
    }
    for (const auto index : *missing) {
        const auto& migration = migrations[index];
        const auto done =
            co_await apply_one(session, migration, (*checksums)[index], net::deadline_in(limit));
        if (!done) {
            co_return std::unexpected(at(migration, done.error()));
        }
    }
    co_return static_cast<int>(missing->size());
}

}  // namespace

// The session is closed at the end, whichever it is, and the server frees the lock and undoes an
// open transaction.
asio::awaitable<base::Result<int>> migrate(
    Pool& pool, std::span<const Migration> migrations, MigrationLimits limits
) {
    auto session = co_await pool.acquire();
    if (!session) {
        co_return std::unexpected(std::move(session.error()));
    }
    const auto prepared = co_await prepare_session(*session);
    if (!prepared) {
        co_return std::unexpected(prepared.error());
    }
    const auto locked = co_await take_lock(*session, net::deadline_in(limits.lock_wait));
    if (!locked) {
        co_return std::unexpected(locked.error());
    }
    auto count = co_await migrate_locked(*session, migrations, limits.one);
    co_return count;
}

}  // namespace trunkline::pg
