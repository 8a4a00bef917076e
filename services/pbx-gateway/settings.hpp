#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "app/settings.hpp"
#include "config/loader.hpp"

namespace trunkline::pbx_gateway {

struct Settings {
    app::CommonSettings common;
    std::string ingest_url = "http://127.0.0.1:8000";
    /// Of enterprises' recordings, `{folder}/{enterprise}/...`; empty: the files are not seen here.
    std::string recordings_path;
    std::string default_timezone = "Europe/Minsk";
    /// Where events wait for ingest, a folder for each exchange; empty: beside the logs.
    std::string spool_folder;
    std::uint64_t spool_max_bytes = std::uint64_t{64} << 20U;  ///< Of each exchange.
};

const app::ServiceInfo& service_info();
void declare(config::Loader& loader, Settings& settings);
std::filesystem::path spool_folder(const Settings& settings);

}  // namespace trunkline::pbx_gateway
