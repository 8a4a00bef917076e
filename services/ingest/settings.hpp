#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "call/tracker.hpp"

namespace trunkline::ingest {

struct Settings {
    app::CommonSettings common;
    std::string gateway_url = "http://127.0.0.1:8020";
    std::string default_timezone = "Europe/Minsk";
    int keep_events_days = 400;
    call::Timers timers;
    std::string recordings_path;
    std::vector<std::string> allowed_upstream_hosts;
    bool allow_loopback_upstreams = false;
    /// Empty: var/journal beside LOG_DIR. See journal_folder().
    std::string journal_folder;
    std::uint64_t journal_max_bytes = std::uint64_t{1} << 30U;
};

const app::ServiceInfo& service_info();
/// Where worker number `worker` keeps its journal.
std::filesystem::path journal_folder(const Settings& settings, unsigned worker);

void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::ingest
