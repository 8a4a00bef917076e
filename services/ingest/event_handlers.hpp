#pragma once

#include "event_intake.hpp"
#include "httpd/router.hpp"

namespace trunkline::ingest {

/// POST /start ... /hangup: one event, answered
/// `{"status":"ok","event_id":"...","duplicate":false}` once it is durable.
httpd::Handler event_handler(EventIntake& intake, call::EventType type);

}  // namespace trunkline::ingest
