#pragma once

#include "app/settings.hpp"
#include "crm_delivery.hpp"
#include "crm_targets.hpp"

namespace trunkline::integration_cache {

struct Settings {
    app::CommonSettings common;
    ConnectorUrls connectors;
    CrmPatience crm_patience;
};

const app::ServiceInfo& service_info();
void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::integration_cache
