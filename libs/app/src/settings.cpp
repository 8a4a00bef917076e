#include "app/settings.hpp"

#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "net/address.hpp"

namespace trunkline::app {
namespace {

/// A folder of web assets that scripts/build laid beside the executables; an installed package has
/// them under share/trunkline. Empty if it has no `file`.
std::string shared_folder(std::string_view name, std::string_view file) {
    std::error_code ignored;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
    if (ignored) {
        return {};
    }
    for (const auto* relative : {"../share", "../share/trunkline"}) {
        const auto folder = self.parent_path() / relative / name;
        if (std::filesystem::is_regular_file(folder / file, ignored)) {
            return folder.lexically_normal().string();
        }
    }
    return {};
}

}  // namespace

std::string version() { return TRUNKLINE_VERSION; }

void declare_common(config::Loader& loader, const ServiceInfo& info, CommonSettings& settings) {
    settings.port = info.default_port;
    settings.docs_folder = shared_folder("swagger-ui", "swagger-ui-bundle.js");
    settings.pages_folder = shared_folder("pages", "test-interface.html");
    loader.add("BIND_HOST", settings.bind_host, "address to listen on");
    loader.add(info.port_setting, settings.port, "port to listen on");
    loader.add_secret(
        "DATABASE_URL",
        settings.database_url,
        "PostgreSQL, postgresql://user:password@host:port/database"
    );
    loader.add(
        "DATABASE_CONNECTIONS",
        settings.database_connections,
        "connections to PostgreSQL at the most",
        {1, 64}
    );
    loader.add_secret(
        "REDIS_URL", settings.redis_url, "Redis, redis://user:password@host:port/database"
    );
    loader.add("LOG_DIR", settings.log_folder, "folder of the logs; one per replica");
    loader.add_choice(
        "LOG_LEVEL",
        settings.log_level,
        {"debug", "info", "warning", "error", "critical"},
        "least level"
    );
    loader.add_choice("LOG_FORMAT", settings.log_format, {"text", "json"}, "one line a record");
    loader.add_secret("INTERNAL_TOKEN", settings.internal_token, "Bearer token between services");
    loader.add_secret(
        "ADMIN_TOKEN", settings.admin_token, "Bearer token of diagnostics; unset: loopback only"
    );
    loader.add(
        "PUBLIC_URL", settings.public_url, "address under which the outside reaches the suite"
    );
    loader.add(
        "TRUSTED_PROXIES",
        settings.trusted_proxies,
        "networks whose forwarded headers count, a,b/24"
    );
    loader.add_secret(
        "SECRETS_KEY", settings.secrets_key, "32 bytes in base64: seals stored secrets"
    );
    loader.add(
        "DRAIN_SECONDS", settings.drain_limit, "how long to finish what is in hand after SIGTERM"
    );
    loader.add_check([&settings]() -> base::Result<> {
        const auto networks = net::parse_networks(settings.trusted_proxies);
        if (!networks) {
            return base::fail(
                base::Errc::invalid_input, "TRUSTED_PROXIES: " + networks.error().detail
            );
        }
        return {};
    });
}

httpd::Settings http_settings(const ServiceInfo& info, const CommonSettings& settings) {
    httpd::Settings http;
    http.host = settings.bind_host;
    http.port = settings.port;
    http.service = info.name;
    http.internal_token = settings.internal_token;
    http.admin_token = settings.admin_token;
    http.trusted_proxies = net::parse_networks(settings.trusted_proxies).value();
    return http;
}

pg::Settings postgres_settings(const ServiceInfo& info, const CommonSettings& settings) {
    pg::Settings postgres;
    postgres.url = settings.database_url;
    postgres.pool_size = static_cast<std::size_t>(settings.database_connections);
    postgres.application_name = "trunkline " + info.name;
    return postgres;
}

base::LogSettings log_settings(const ServiceInfo& info, const CommonSettings& settings) {
    base::LogSettings log;
    log.folder = settings.log_folder;
    log.file = info.log_file;
    log.level = base::parse_log_level(settings.log_level).value();
    log.format = settings.log_format == "json" ? base::LogFormat::json : base::LogFormat::text;
    return log;
}

}  // namespace trunkline::app
