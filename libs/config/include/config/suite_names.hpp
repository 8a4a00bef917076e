#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace trunkline::config {

/// Every setting of every program of the suite, sorted. One .env file serves them all, so each
/// program accepts the names of the others there.
std::span<const std::string_view> suite_names();

bool is_suite_name(std::string_view name);

/// The known name that was probably meant, if one is near.
std::optional<std::string_view> nearest_suite_name(std::string_view name);

}  // namespace trunkline::config
