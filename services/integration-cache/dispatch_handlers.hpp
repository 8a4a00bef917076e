#pragma once

#include "dispatcher.hpp"
#include "httpd/router.hpp"

namespace trunkline::integration_cache {

/// POST /dispatch/call-event: 202 accepted, 200 with duplicate for a repeat.
httpd::Handler dispatch_call_event(Dispatcher& dispatcher);

/// 8020's own not-found, as the seed has it: {"detail":"Enterprise not found"}.
httpd::Response enterprise_not_found();

}  // namespace trunkline::integration_cache
