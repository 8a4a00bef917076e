#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "httpd/message.hpp"

namespace trunkline::ingest {

/// Query parameters that lists share. Errors: invalid_input, the parameter's name in front.

/// A whole number; nothing if it is absent.
base::Result<std::optional<std::int64_t>> number_param(
    const httpd::Request& request, std::string_view name, std::int64_t least, std::int64_t most
);
/// `limit`: 100 unless told otherwise, 1 to 1000.
base::Result<int> page_limit(const httpd::Request& request);
/// An ISO 8601 time with its zone, in UTC.
base::Result<std::optional<std::string>> time_param(
    const httpd::Request& request, std::string_view name
);
/// `true`, `1` or nothing behind the name; `false` and `0` as if it were absent.
base::Result<bool> flag_param(const httpd::Request& request, std::string_view name);

}  // namespace trunkline::ingest
