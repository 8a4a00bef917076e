#pragma once

#include <string>
#include <vector>

#include "app/settings.hpp"

namespace trunkline::retailcrm {

struct Settings {
    app::CommonSettings common;
    std::vector<std::string> allowed_upstream_hosts;
    bool allow_loopback_upstreams = false;
};

const app::ServiceInfo& service_info();
void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::retailcrm
