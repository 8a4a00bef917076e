#pragma once

#include <filesystem>

namespace trunkline::testing {

/// Where this build puts its executables.
std::filesystem::path binary_folder();

/// The root of the source tree: contracts, example payloads, migrations.
std::filesystem::path source_folder();

}  // namespace trunkline::testing
