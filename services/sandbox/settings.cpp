#include "settings.hpp"

namespace trunkline::sandbox {

const app::ServiceInfo& service_info() {
    static const app::ServiceInfo info{
        .name = "sandbox",
        .purpose =
            "Plays the Telegram Bot API and the APIs of the four CRMs for demo and tests, strictly "
            "by "
            "contract, in memory.",
        .port_setting = "SANDBOX_PORT",
        .default_port = 8029,
        .log_file = "sandbox.log"
    };
    return info;
}

}  // namespace trunkline::sandbox
