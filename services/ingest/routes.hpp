#pragma once

#include "call_store.hpp"
#include "event_intake.hpp"
#include "httpd/router.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

/// The service's own routes; the standard ones come from app.
httpd::Router routes(
    EventIntake& intake, CallStore& calls, const tenants::Directory& directory
);

}  // namespace trunkline::ingest
