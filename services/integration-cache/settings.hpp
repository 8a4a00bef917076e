#pragma once

#include <string>

#include "app/settings.hpp"

namespace trunkline::integration_cache {

struct Settings {
    app::CommonSettings common;
    std::string retailcrm_url = "http://127.0.0.1:8019";
};

const app::ServiceInfo& service_info();
void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::integration_cache
