#pragma once

#include "httpd/router.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

/// /retailcrm/{account}/api/...
httpd::Handler retailcrm_method(State& state);

}  // namespace trunkline::sandbox
