#pragma once

#include <vector>

#include "base/error.hpp"
#include "json/document.hpp"
#include "schema_rules.hpp"

namespace trunkline::json {

/// Every place where `instance` breaks `rules`, in the order of the instance as far as possible; at
/// most 100. Recurses as deep as the schema, never as deep as the instance.
std::vector<base::FieldError> violations(const Rules& rules, View instance);

}  // namespace trunkline::json
