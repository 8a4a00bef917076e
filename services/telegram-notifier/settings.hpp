#pragma once

#include <chrono>
#include <string>

#include "app/settings.hpp"

namespace trunkline::telegram {

struct Settings {
    app::CommonSettings common;
    std::string api_url = "https://api.telegram.org";
    std::string names_url = "http://127.0.0.1:8020";
    std::chrono::milliseconds name_budget{20};
    std::string updates = "poll";  ///< poll | webhook | off
    std::string gateway_url;       ///< Of pbx-gateway; empty: nobody can be called back.
    std::chrono::milliseconds request_timeout{5'000};
    std::string final_mode = "replace";
    std::chrono::milliseconds reply_window{600'000};
    std::chrono::milliseconds stale_after{3'600'000};
    bool show_line = false;
    bool show_recording = false;
};

const app::ServiceInfo& service_info();
void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::telegram
