#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "config/loader.hpp"
#include "httpd/server.hpp"
#include "pg/settings.hpp"

namespace trunkline::app {

/// What every service has. Defaults are the suite's (SPEC section 3).
struct CommonSettings {
    std::string bind_host = "127.0.0.1";
    std::uint16_t port = 0;
    std::string database_url = "postgresql://127.0.0.1:5432/trunkline";
    int database_connections = 4;
    std::string redis_url = "redis://127.0.0.1:6379/0";
    std::string log_folder = "logs";
    std::string log_level = "info";
    std::string log_format = "text";
    std::string internal_token;
    std::string admin_token;
    std::string public_url;
    std::string trusted_proxies;
    std::string secrets_key;
    std::chrono::seconds drain_limit{10};
    std::string docs_folder;  ///< Of Swagger UI; empty if scripts/build could not fetch it.
    std::string
        pages_folder;  ///< Of web/pages, built; empty if scripts/build could not build them.
};

/// What tells one service from another.
struct ServiceInfo {
    std::string name;            ///< The executable's: `ingest`.
    std::string purpose;         ///< One sentence for --help.
    std::string port_setting;    ///< `INGEST_PORT`.
    std::uint16_t default_port;  ///< SPEC section 1.
    std::string log_file;        ///< `app.log`.
};

void declare_common(config::Loader& loader, const ServiceInfo& info, CommonSettings& settings);

httpd::Settings http_settings(const ServiceInfo& info, const CommonSettings& settings);
pg::Settings postgres_settings(const ServiceInfo& info, const CommonSettings& settings);
base::LogSettings log_settings(const ServiceInfo& info, const CommonSettings& settings);

/// This build's version, as --version and /version tell it.
std::string version();

}  // namespace trunkline::app
