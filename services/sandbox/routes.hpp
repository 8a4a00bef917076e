#pragma once

#include "httpd/router.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

httpd::Router routes(State& state);

}  // namespace trunkline::sandbox
