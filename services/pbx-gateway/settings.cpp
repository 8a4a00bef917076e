#include "settings.hpp"

#include "base/timezone.hpp"
#include "crypto/secret_box.hpp"
#include "httpc/url.hpp"

namespace trunkline::pbx_gateway {

const app::ServiceInfo& service_info() {
    static const app::ServiceInfo info{
        .name = "pbx-gateway",
        .purpose = "Follows the calls of exchanges and tells ingest of them; controls exchanges.",
        .port_setting = "PBX_GATEWAY_PORT",
        .default_port = 8030,
        .log_file = "pbx_gateway.log"
    };
    return info;
}

void declare(config::Loader& loader, Settings& settings) {
    loader.add("INGEST_URL", settings.ingest_url, "who is told of the calls");
    loader.add(
        "RECORDINGS_PATH",
        settings.recordings_path,
        "of recordings, {folder}/{enterprise}/...: a recording is told of once its file is whole"
    );
    loader.add("DEFAULT_TIMEZONE", settings.default_timezone, "of enterprises without their own");
    loader.add(
        "PBX_SPOOL_DIR",
        settings.spool_folder,
        "where events wait for ingest; default: ../var/pbx-spool beside LOG_DIR"
    );
    loader.add(
        "PBX_SPOOL_MAX_BYTES",
        settings.spool_max_bytes,
        "how much may wait of each exchange",
        {1 << 20, std::int64_t{1} << 40}
    );
    loader.add_check([&settings]() -> base::Result<> {
        if (const auto url = httpc::Url::parse(settings.ingest_url); !url) {
            return base::fail(base::Errc::invalid_input, "INGEST_URL: " + url.error().detail);
        }
        const auto& key = settings.common.secrets_key;
        if (!key.empty() && !crypto::SecretBox::from_base64_key(key)) {
            return base::fail(base::Errc::invalid_input, "SECRETS_KEY: must be 32 bytes in base64");
        }
        if (!base::is_known_timezone(settings.default_timezone)) {
            return base::fail(base::Errc::invalid_input, "DEFAULT_TIMEZONE: is no time zone");
        }
        return {};
    });
}

std::filesystem::path spool_folder(const Settings& settings) {
    if (!settings.spool_folder.empty()) {
        return settings.spool_folder;
    }
    const auto beside_logs =
        std::filesystem::path(settings.common.log_folder) / ".." / "var" / "pbx-spool";
    return beside_logs.lexically_normal();
}

}  // namespace trunkline::pbx_gateway
