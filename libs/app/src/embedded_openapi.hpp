#pragma once

#include <string>
#include <string_view>

namespace trunkline::app {

/// The service's API description as compiled in from proto/openapi/<service>.json; `{}` if there is
/// none.
std::string embedded_openapi(std::string_view service);

}  // namespace trunkline::app
