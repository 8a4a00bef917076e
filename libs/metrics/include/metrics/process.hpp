#pragma once

#include <string_view>

#include "metrics/registry.hpp"

namespace trunkline::metrics {

/// Adds what every process of the suite shows at /metrics: `process_resident_memory_bytes`,
/// `process_cpu_seconds_total`, `process_open_fds`, `process_start_time_seconds` under the names
/// that Prometheus' own client libraries use, `log_lines_dropped_total`, and
/// `build_info{service,version}`. Read at each render.
void add_process_metrics(Registry& registry, std::string_view service, std::string_view version);

}  // namespace trunkline::metrics
