#pragma once

#include "app/readiness.hpp"
#include "app/settings.hpp"
#include "httpd/router.hpp"
#include "metrics/registry.hpp"

namespace trunkline::app {

/// /health (the process lives), /ready (it can do its work, or why not), /metrics, /version,
/// /openapi.json and /docs. `readiness` and `registry` must outlive the router.
void add_standard_routes(
    httpd::Router& router,
    const ServiceInfo& info,
    const CommonSettings& settings,
    const Readiness& readiness,
    const metrics::Registry& registry
);

}  // namespace trunkline::app
