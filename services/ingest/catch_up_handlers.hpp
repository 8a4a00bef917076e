#pragma once

#include "event_intake.hpp"
#include "httpd/router.hpp"

namespace trunkline::ingest {

/// POST /events: NDJSON in, NDJSON out in the same order, a line for each that is not empty
/// (INTERFACES section 4). Everything that it answers with status 200 is durable. `executor` is the
/// intake's.
httpd::Handler catch_up_handler(EventIntake& intake, asio::any_io_executor executor);

}  // namespace trunkline::ingest
