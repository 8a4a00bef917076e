#pragma once

#include <string>
#include <string_view>

namespace trunkline::sandbox {

/// As a body with `Content-Encoding: gzip` (RFC 1952).
std::string gzip(std::string_view plain);

}  // namespace trunkline::sandbox
