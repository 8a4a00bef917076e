#include "settings.hpp"

namespace trunkline::integration_cache {

const app::ServiceInfo& service_info() {
    static const app::ServiceInfo info{
        .name = "integration-cache",
        .purpose = "Names, profiles and configuration of enterprises; the gateway to the CRMs.",
        .port_setting = "INTEGRATION_CACHE_PORT",
        .default_port = 8020,
        .log_file = "integration_cache.log"
    };
    return info;
}

void declare(config::Loader& loader, Settings& settings) {
    loader.add("RETAILCRM_URL", settings.retailcrm_url, "where the RetailCRM connector listens");
}

}  // namespace trunkline::integration_cache
