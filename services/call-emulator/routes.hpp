#pragma once

#include "httpd/router.hpp"
#include "runner.hpp"
#include "targets.hpp"

namespace trunkline::call_emulator {

/// The service's own routes; the standard ones come from app.
httpd::Router routes(Runner& runner, const Targets& targets);

}  // namespace trunkline::call_emulator
