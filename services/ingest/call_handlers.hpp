#pragma once

#include "call_store.hpp"
#include "httpd/router.hpp"

namespace trunkline::ingest {

/// GET /calls?enterprise=&phone=&unique_id=&from=&to=&limit=&cursor= -> {"items":[...],"next":null}
httpd::Handler list_calls(CallStore& calls);
/// GET /calls/{uuid}
httpd::Handler get_call(CallStore& calls);
/// GET /calls/{uuid}/events
httpd::Handler get_call_events(CallStore& calls);

}  // namespace trunkline::ingest
