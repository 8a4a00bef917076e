#include "metrics/process.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/log.hpp"

namespace trunkline::metrics {
namespace {

/// Second field of /proc/self/statm, in pages (man 5 proc).
double resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    double total = 0;
    double resident = 0;
    statm >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_descriptors() {
    std::error_code error;
    double count = 0;
    for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
         !error && entry != end;
         entry.increment(error)) {
        ++count;
    }
    return count > 0 ? count - 1 : 0;  // The reading itself holds one.
}

}  // namespace

void add_process_metrics(Registry& registry, std::string_view service, std::string_view version) {
    registry
        .gauge(
            "build_info",
            "Always 1; the labels tell what runs.",
            {{"service", std::string(service)}, {"version", std::string(version)}}
        )
        .set(1);
    registry
        .gauge(
            "process_start_time_seconds", "When the process began to serve, in seconds since 1970."
        )
        .set(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
                 .count());
    auto& memory = registry.gauge("process_resident_memory_bytes", "Resident memory.");
    auto& descriptors = registry.gauge("process_open_fds", "Open file descriptors.");
    auto& cpu = registry.counter("process_cpu_seconds_total", "User and system CPU time.");
    auto& dropped = registry.counter(
        "log_lines_dropped_total",
        "Log lines lost because the queue was full or the disk refused them."
    );
    registry.on_render([&] {
        memory.set(resident_bytes());
        descriptors.set(open_descriptors());
        cpu.add(cpu_seconds() - cpu.value());
        dropped.add(static_cast<double>(base::dropped_log_lines()) - dropped.value());
    });
}

}  // namespace trunkline::metrics
