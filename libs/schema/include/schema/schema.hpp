#pragma once

#include <span>

#include "pg/migrate.hpp"

namespace trunkline::schema {

/// The suite's migrations in order, as compiled in from libs/schema/migrations. Which service
/// writes which column is said in those files; README.md has the list.
std::span<const pg::Migration> migrations();

}  // namespace trunkline::schema
