#pragma once

#include <string>

#include "call_store.hpp"
#include "dead_letter_store.hpp"
#include "front.hpp"
#include "httpd/router.hpp"
#include "pg/pool.hpp"
#include "recording_handlers.hpp"
#include "settings.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

/// What the routes lead to.
struct Parts {
    const Settings& settings;
    pg::Pool& pool;
    tenants::Directory& directory;
    CallStore& calls;
    Recordings& recordings;
    DeadLetterStore& dead_letters;
};

/// The eight events, POST /events, and what was refused of them; `executor` is the front's.
void add_event_routes(httpd::Router& router, Front& front, const asio::any_io_executor& executor);
/// Everything else of the service; the standard routes come from app.
void add_other_routes(httpd::Router& router, const Parts& parts);

}  // namespace trunkline::ingest
