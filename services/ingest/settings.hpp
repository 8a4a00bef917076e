#pragma once

#include <chrono>
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
};

const app::ServiceInfo& service_info();
void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::ingest
