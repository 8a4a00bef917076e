#pragma once

#include "httpd/router.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

/// /uon/{key}/{method...}
httpd::Handler uon_method(State& state);
/// GET /sandbox/uon: what every cabinet holds, and how often it was asked wrongly.
httpd::Handler get_uon(State& state);
/// POST /sandbox/uon/switches `{"not_found":"404|200|empty","get":true,"post":true}`: how the
/// cabinets behave where the contract saw several ways.
httpd::Handler set_uon_switches(State& state);
/// POST /sandbox/uon/events `{"account":"0367","type_id":47,"fields":{"phone":"..."}}`: something
/// happens in the cabinet, and its webhooks of this type are called; optionally `format` (form,
/// json or query) and `url`, which needs no webhook. Answers with what they answered.
httpd::Handler play_uon_event(State& state);

}  // namespace trunkline::sandbox
