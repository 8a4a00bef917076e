#pragma once

#include <chrono>
#include <string>

#include "app/settings.hpp"
#include "call/tracker.hpp"

namespace trunkline::ingest {

struct Settings {
    app::CommonSettings common;
    std::string gateway_url = "http://127.0.0.1:8020";
    std::string default_timezone = "Europe/Minsk";
    int keep_events_days = 400;
    call::Timers timers;
};

const app::ServiceInfo& service_info();
void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::ingest
