#pragma once

#include "httpd/router.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

/// /moysklad/api/phone/1.0/... and /moysklad/api/remap/1.2/...
httpd::Handler moysklad_method(State& state, moysklad::Api api);
/// GET /sandbox/moysklad: calls, card events and violations by account.
httpd::Handler get_moysklad(State& state);
/// POST /sandbox/moysklad/settings: its limits, and what a second POST of a call is answered with.
httpd::Handler set_moysklad(State& state);
/// POST /sandbox/moysklad/click-to-call: somebody clicks on a number; posts to the telephony's URL
/// as MoySklad does and answers with what that answered.
httpd::Handler click_in_moysklad(State& state);

}  // namespace trunkline::sandbox
