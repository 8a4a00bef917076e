#pragma once

#include <string>

#include "httpd/router.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

/// `pages` is the folder of the built pages (app/page.hpp).
httpd::Router routes(State& state, const std::string& pages = {});

}  // namespace trunkline::sandbox
