#pragma once

#include <string>
#include <string_view>

#include "json/schema.hpp"

namespace trunkline::e2e {

/// proto/<folder>/<name>; the test fails if there is none.
json::Schema schema_of(const std::string& folder, const std::string& name);

/// The test fails, with the text, unless it is JSON and valid.
void require_valid(const json::Schema& schema, std::string_view text);

}  // namespace trunkline::e2e
