#pragma once

#include <string>

#include "call_store.hpp"
#include "dead_letter_store.hpp"
#include "event_intake.hpp"
#include "httpd/router.hpp"
#include "pg/pool.hpp"
#include "recording_handlers.hpp"
#include "rejected_store.hpp"
#include "settings.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

/// What the routes lead to.
struct Parts {
    const Settings& settings;
    pg::Pool& pool;
    EventIntake& intake;
    tenants::Directory& directory;
    CallStore& calls;
    Recordings& recordings;
    RejectedStore& rejected;
    DeadLetterStore& dead_letters;
};

/// The eight events and POST /events; `executor` is the intake's.
void add_event_routes(
    httpd::Router& router, EventIntake& intake, const asio::any_io_executor& executor
);
/// Everything else of the service; the standard routes come from app.
void add_other_routes(httpd::Router& router, const Parts& parts);

}  // namespace trunkline::ingest
