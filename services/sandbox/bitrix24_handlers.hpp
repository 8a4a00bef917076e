#pragma once

#include "httpd/router.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

/// /bitrix24/{portal}/rest/{method} and /bitrix24/{portal}/rest/{user}/{code}/{method}
httpd::Handler bitrix24_method(State& state);
/// GET /bitrix24/oauth/token/
httpd::Handler bitrix24_oauth(State& state);

/// GET /sandbox/bitrix24: the portals with their calls and what went wrong.
httpd::Handler get_bitrix24(State& state);
/// POST /sandbox/bitrix24/settings: how a portal behaves, a rename, an end of its token.
httpd::Handler set_bitrix24(State& state);
/// POST /sandbox/bitrix24/events: the portal sends an event now; answers what it was answered.
httpd::Handler send_bitrix24_event(State& state);

}  // namespace trunkline::sandbox
