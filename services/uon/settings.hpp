#pragma once

#include <chrono>
#include <string>

#include "connector/service.hpp"

namespace trunkline::uon {

struct Settings : connector::Settings {
    std::string api_url = "https://api.u-on.ru";
    std::string integration_cache_url = "http://127.0.0.1:8020";
    /// How long a row waits for the link of its recording: U-ON takes it only with the row.
    std::chrono::seconds record_wait{60};
};

const connector::Identity& identity();
void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::uon
