#pragma once

#include "httpd/router.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

/// /retailcrm/{account}/api/...
httpd::Handler retailcrm_method(State& state);
/// GET /sandbox/retailcrm: events, uploads, modules and broken limits by account.
httpd::Handler get_retailcrm(State& state);
/// POST /sandbox/retailcrm/limits: `{"enforce":true}` refuses what breaks one with 503.
httpd::Handler set_retailcrm_limits(State& state);

}  // namespace trunkline::sandbox
