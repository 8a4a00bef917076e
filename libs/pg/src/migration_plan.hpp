#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "pg/migrate.hpp"

namespace trunkline::pg {

/// A line of schema_migrations.
struct AppliedMigration {
    int number = 0;
    std::string checksum;
};

/// Which of `given` are to be applied, as positions in their order. `checksums` are those of
/// `given`, one each; `applied` is ordered by number. invalid_input, naming the migration, as
/// migrate() promises.
base::Result<std::vector<std::size_t>> plan_migrations(
    std::span<const Migration> given,
    std::span<const std::string> checksums,
    std::span<const AppliedMigration> applied
);

/// `migration 3 (0003_calls)`.
std::string describe(const Migration& migration);

}  // namespace trunkline::pg
