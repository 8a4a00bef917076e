#pragma once

#include "httpd/router.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

/// GET /sandbox/chats: every chat with the history of its messages.
httpd::Handler get_chats(State& state);
/// GET /sandbox/requests?api=&after=: what came in, in order.
httpd::Handler get_requests(State& state);
/// GET, POST, DELETE /sandbox/faults
httpd::Handler get_faults(State& state);
httpd::Handler add_fault(State& state);
httpd::Handler clear_faults(State& state);
/// GET, POST /sandbox/limits: Telegram's limits, and how often they were broken.
httpd::Handler get_limits(State& state);
httpd::Handler set_limits(State& state);
/// POST /sandbox/reset: forgets everything.
httpd::Handler reset(State& state);

}  // namespace trunkline::sandbox
