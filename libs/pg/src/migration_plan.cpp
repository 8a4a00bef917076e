#include "migration_plan.hpp"

#include <algorithm>

namespace trunkline::pg {
namespace {

base::Result<> check_numbers(std::span<const Migration> given) {
    for (std::size_t index = 0; index < given.size(); ++index) {
        const auto expected = static_cast<int>(index) + 1;
        if (given[index].number != expected) {
            return base::fail(
                base::Errc::invalid_input,
                "migration " + std::to_string(expected) + " is missing: " + describe(given[index]) +
                    " is in its place"
            );
        }
    }
    return {};
}

}  // namespace

std::string describe(const Migration& migration) {
    return "migration " + std::to_string(migration.number) + " (" + migration.name + ")";
}

base::Result<std::vector<std::size_t>> plan_migrations(
    std::span<const Migration> given,
    std::span<const std::string> checksums,
    std::span<const AppliedMigration> applied
) {
    if (const auto numbers = check_numbers(given); !numbers) {
        return std::unexpected(numbers.error());
    }
    std::vector<std::size_t> missing;
    for (std::size_t index = 0; index < given.size(); ++index) {
        const auto found =
            std::ranges::find(applied, given[index].number, &AppliedMigration::number);
        if (found == applied.end()) {
            missing.push_back(index);
        } else if (found->checksum != checksums[index]) {
            return base::fail(
                base::Errc::invalid_input,
                describe(given[index]) + " was changed after it had been applied"
            );
        }
    }
    if (!missing.empty() && !applied.empty() &&
        applied.back().number > given[missing.front()].number) {
        return base::fail(
            base::Errc::invalid_input,
            describe(given[missing.front()]) + " was never applied, but migration " +
                std::to_string(applied.back().number) + " was"
        );
    }
    return missing;
}

}  // namespace trunkline::pg
