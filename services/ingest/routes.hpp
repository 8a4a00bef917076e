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
    asio::any_io_executor executor;
    const Settings& settings;
    pg::Pool& pool;
    EventIntake& intake;
    tenants::Directory& directory;
    CallStore& calls;
    Recordings& recordings;
    RejectedStore& rejected;
    DeadLetterStore& dead_letters;
};

/// The service's own routes; the standard ones come from app.
httpd::Router routes(const Parts& parts);

}  // namespace trunkline::ingest
