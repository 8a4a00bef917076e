#pragma once

#include <string>

#include "evidence.hpp"
#include "httpd/router.hpp"
#include "load.hpp"
#include "pattern_book.hpp"
#include "runner.hpp"
#include "targets.hpp"

namespace trunkline::call_emulator {

/// What the handlers work with; outlives them.
struct Parts {
    Runner& runner;
    PatternBook& book;
    Loads& loads;
    Witnesses& witnesses;
    const Targets& targets;
};

/// The service's own routes; the standard ones come from app.
/// `pages` is the folder of the built pages (app/page.hpp).
httpd::Router routes(const Parts& parts, const std::string& pages = {});

}  // namespace trunkline::call_emulator
