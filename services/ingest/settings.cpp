#include "settings.hpp"

#include "base/timezone.hpp"

namespace trunkline::ingest {

const app::ServiceInfo& service_info() {
    static const app::ServiceInfo info{
        .name = "ingest",
        .purpose =
            "Takes the call events of telephone exchanges, stores them durably and hands them on.",
        .port_setting = "INGEST_PORT",
        .default_port = 8000,
        .log_file = "app.log"
    };
    return info;
}

void declare(config::Loader& loader, Settings& settings) {
    loader.add(
        "INTEGRATION_CACHE_URL", settings.gateway_url, "where 8020 takes dispatched call events"
    );
    loader.add(
        "DEFAULT_TIMEZONE",
        settings.default_timezone,
        "zone of exchanges whose enterprise names none"
    );
    loader.add_check([&settings]() -> base::Result<> {
        if (!base::is_known_timezone(settings.default_timezone)) {
            return base::fail(
                base::Errc::invalid_input,
                "DEFAULT_TIMEZONE: \"" + settings.default_timezone +
                    "\" is not a zone of the IANA database"
            );
        }
        return {};
    });
}

}  // namespace trunkline::ingest
