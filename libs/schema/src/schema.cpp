#include "schema/schema.hpp"

#include <vector>

namespace trunkline::schema {

std::span<const pg::Migration> migrations() {
    static const std::vector<pg::Migration> all = {
#include "migrations.inc"
    };
    return all;
}

}  // namespace trunkline::schema
