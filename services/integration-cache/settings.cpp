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
    auto& urls = settings.connectors;
    loader.add("RETAILCRM_URL", urls.retailcrm, "the RetailCRM connector; empty: there is none");
    loader.add("UON_URL", urls.uon, "the U-ON connector; empty: there is none");
    loader.add("MOYSKLAD_URL", urls.moysklad, "the MoySklad connector; empty: there is none");
    loader.add("BITRIX24_URL", urls.bitrix24, "the Bitrix24 connector; empty: there is none");
    loader.add(
        "CRM_STEP_SECONDS",
        settings.crm_patience.step,
        "what a connector may take for one event",
        {1, 600}
    );
    loader.add(
        "CRM_RETRY_SECONDS",
        settings.crm_patience.first_retry,
        "the first pause after a CRM's failure; it doubles up to half an hour",
        {1, 1800}
    );
}

}  // namespace trunkline::integration_cache
