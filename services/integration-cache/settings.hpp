#pragma once

#include <chrono>
#include <cstdint>

#include "app/settings.hpp"
#include "crm_delivery.hpp"
#include "crm_targets.hpp"

namespace trunkline::integration_cache {

struct Settings {
    app::CommonSettings common;
    ConnectorUrls connectors;
    CrmPatience crm_patience;
    std::chrono::milliseconds cache_ttl{90'000};
    std::chrono::milliseconds cache_absent_ttl{20'000};
    std::chrono::seconds cache_refresh{270};
    std::uint64_t cache_max_entries = 50'000;
    std::uint64_t cache_max_bytes = std::uint64_t{24} * 1024 * 1024;
};

const app::ServiceInfo& service_info();
void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::integration_cache
