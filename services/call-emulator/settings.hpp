#pragma once

#include <string>
#include <vector>

#include "app/settings.hpp"

namespace trunkline::call_emulator {

struct Settings {
    app::CommonSettings common;
    std::string ingest_url = "http://127.0.0.1:8000";
    std::string sandbox_url = "http://127.0.0.1:8029";
    std::vector<std::string> allowed_targets;
    std::string patterns_folder;
    std::string default_timezone = "Europe/Minsk";
};

const app::ServiceInfo& service_info();
void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::call_emulator
