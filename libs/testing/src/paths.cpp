#include "testing/paths.hpp"

namespace trunkline::testing {

std::filesystem::path binary_folder() { return TRUNKLINE_BINARY_FOLDER; }

std::filesystem::path source_folder() { return TRUNKLINE_SOURCE_FOLDER; }

}  // namespace trunkline::testing
