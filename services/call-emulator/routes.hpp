#pragma once

#include <string>

#include "httpd/router.hpp"
#include "runner.hpp"
#include "targets.hpp"

namespace trunkline::call_emulator {

/// The service's own routes; the standard ones come from app.
/// `pages` is the folder of the built pages (app/page.hpp).
httpd::Router routes(Runner& runner, const Targets& targets, const std::string& pages = {});

}  // namespace trunkline::call_emulator
