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
    loader.add("RETAILCRM_URL", settings.retailcrm_url, "where the RetailCRM connector listens");
    loader.add("UON_URL", settings.uon_url, "where the U-ON connector listens");
    loader.add("MOYSKLAD_URL", settings.moysklad_url, "where the MoySklad connector listens");
    loader.add("BITRIX24_URL", settings.bitrix24_url, "where the Bitrix24 connector listens");
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
