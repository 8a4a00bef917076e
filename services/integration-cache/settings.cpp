#include "settings.hpp"

#include "redis/settings.hpp"

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
    loader.add(
        "CRM_UPLOAD_HOLD_SECONDS",
        settings.crm_patience.upload_hold,
        "RetailCRM and U-ON: what an answered outbound call's end waits for a transfer",
        {0, 600}
    );
    loader.add(
        "CACHE_TTL_MS", settings.cache_ttl, "how long a customer's name is fresh", {1, 3'600'000}
    );
    loader.add(
        "CACHE_ABSENT_TTL_MS",
        settings.cache_absent_ttl,
        "how long is remembered that nobody knows a number",
        {1, 3'600'000}
    );
    loader.add(
        "CACHE_REFRESH_SECONDS",
        settings.cache_refresh,
        "between two full refreshes, spread by a ninth each way",
        {1, 86'400}
    );
    loader.add(
        "CACHE_MAX_ENTRIES", settings.cache_max_entries, "customers in memory", {1, 10'000'000}
    );
    loader.add(
        "CACHE_MAX_BYTES",
        settings.cache_max_bytes,
        "memory of the customers",
        {64 * 1024, std::int64_t{1} << 40}
    );
    loader.add_check([&settings] { return redis::check_url(settings.common.redis_url); });
}

}  // namespace trunkline::integration_cache
