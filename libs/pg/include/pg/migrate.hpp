#pragma once

#include <chrono>
#include <span>
#include <string>

#include "base/error.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::pg {

struct Migration {
    int number = 0;    ///< 1, 2, 3, ... without gaps.
    std::string name;  ///< For people, such as `0003_calls`.
    std::string sql;   ///< One or several statements, without BEGIN and COMMIT.
};

struct MigrationLimits {
    /// For another process's migrations to end.
    std::chrono::milliseconds lock_wait{120000};
    /// For one migration.
    std::chrono::milliseconds one{600000};
};

/// Applies what is missing, each migration in a transaction of its own, and returns how many that
/// were. The table schema_migrations remembers them with the SHA-256 of their text. An advisory
/// lock makes processes that migrate at once take turns. Migrations in the table beyond the last
/// given number belong to a newer release and are left alone.
///
/// invalid_input, naming the migration: a number is missing or out of order, an applied one's text
/// was changed. timeout: another process holds the lock too long. Otherwise the error of the
/// migration that failed; those before it stay.
asio::awaitable<base::Result<int>> migrate(
    Pool& pool, std::span<const Migration> migrations, MigrationLimits limits = MigrationLimits()
);

}  // namespace trunkline::pg
