#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "app/settings.hpp"

namespace trunkline::integration_cache {

struct Settings {
    app::CommonSettings common;
    std::string retailcrm_url = "http://127.0.0.1:8019";
    std::string uon_url = "http://127.0.0.1:8022";
    std::string moysklad_url = "http://127.0.0.1:8023";
    std::string bitrix24_url = "http://127.0.0.1:8024";
    std::chrono::milliseconds cache_ttl{90'000};
    std::chrono::milliseconds cache_absent_ttl{20'000};
    std::chrono::seconds cache_refresh{270};
    std::uint64_t cache_max_entries = 50'000;
    std::uint64_t cache_max_bytes = std::uint64_t{24} * 1024 * 1024;
};

const app::ServiceInfo& service_info();
void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::integration_cache
