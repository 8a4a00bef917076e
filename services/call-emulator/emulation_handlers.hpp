#pragma once

#include "httpd/router.hpp"
#include "runner.hpp"
#include "targets.hpp"

namespace trunkline::call_emulator {

/// GET /patterns -> {"items":[...]}
httpd::Handler list_patterns();
/// POST /emulate: 200 with the result, or 202 when the run goes on (`"wait":false`, or it takes
/// long).
httpd::Handler emulate(Runner& runner, const Targets& targets);
/// GET /runs/{id}
httpd::Handler get_run(const Runner& runner);
/// GET /runs/{id}/events: server-sent events, `sent` for each event of the run and `end` with its
/// summary.
httpd::EventStreamHandler follow_run(const Runner& runner);

}  // namespace trunkline::call_emulator
