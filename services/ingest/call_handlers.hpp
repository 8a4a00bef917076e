#pragma once

#include "call_store.hpp"
#include "httpd/router.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

/// GET /calls?enterprise=&phone=&unique_id=&from=&to=&limit=&cursor= -> {"items":[...],"next":null}
/// `phone` in any writing: the enterprise's numbering plan reads it, without an enterprise only
/// what needs no country.
httpd::Handler list_calls(CallStore& calls, const tenants::Directory& directory);
/// GET /calls/{uuid}
httpd::Handler get_call(CallStore& calls);
/// GET /calls/{uuid}/events
httpd::Handler get_call_events(CallStore& calls);

}  // namespace trunkline::ingest
