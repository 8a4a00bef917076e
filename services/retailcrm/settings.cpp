#include "settings.hpp"

namespace trunkline::retailcrm {

const app::ServiceInfo& service_info() {
    static const app::ServiceInfo info{
        .name = "retailcrm",
        .purpose = "Calls into RetailCRM: pop-ups, history, names.",
        .port_setting = "RETAILCRM_PORT",
        .default_port = 8019,
        .log_file = "retailcrm.log"
    };
    return info;
}

void declare(config::Loader& loader, Settings& settings) {
    loader.add(
        "ALLOWED_UPSTREAM_HOSTS",
        settings.allowed_upstream_hosts,
        "host[:port] that tenants may name though it is private"
    );
    loader.add(
        "ALLOW_LOOPBACK_UPSTREAMS",
        settings.allow_loopback_upstreams,
        "let tenants name plain http on 127.0.0.1 (demo, tests)"
    );
}

}  // namespace trunkline::retailcrm
