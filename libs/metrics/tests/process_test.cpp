#include "metrics/process.hpp"

#include "testing/catch.hpp"

using namespace trunkline;

TEST_CASE("every process shows its memory, descriptors, CPU time and build", "[metrics]") {
    metrics::Registry registry;
    metrics::add_process_metrics(registry, "ingest", "1.2.3");
    const auto text = registry.render();
    CHECK_THAT(text, ContainsSubstring("build_info{service=\"ingest\",version=\"1.2.3\"} 1\n"));
    CHECK_THAT(text, ContainsSubstring("# TYPE process_cpu_seconds_total counter\n"));
    CHECK_THAT(text, ContainsSubstring("log_lines_dropped_total "));
    CHECK(registry.gauge("process_resident_memory_bytes", "").value() > 100'000);
    CHECK(registry.gauge("process_open_fds", "").value() >= 1);
    CHECK(registry.gauge("process_start_time_seconds", "").value() > 1.7e9);
}
