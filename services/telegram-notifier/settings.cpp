#include "settings.hpp"

namespace trunkline::telegram {

const app::ServiceInfo& service_info() {
    static const app::ServiceInfo info{
        .name = "telegram-notifier",
        .purpose = "One live Telegram message per call and chat.",
        .port_setting = "TELEGRAM_NOTIFIER_PORT",
        .default_port = 8026,
        .log_file = "telegram_notifier.log"
    };
    return info;
}

void declare(config::Loader& loader, Settings& settings) {
    loader.add_choice(
        "TELEGRAM_UPDATES",
        settings.updates,
        {"poll", "webhook", "off"},
        "how the bots learn what people do; webhook needs PUBLIC_URL"
    );
    loader.add(
        "PBX_GATEWAY_URL", settings.gateway_url, "where calls are placed; unset: no call back"
    );
    loader.add_check([&settings]() -> base::Result<> {
        if (settings.updates == "webhook" && settings.common.public_url.empty()) {
            return base::fail(
                base::Errc::invalid_input, "TELEGRAM_UPDATES: webhook needs PUBLIC_URL"
            );
        }
        return {};
    });
    loader.add("TELEGRAM_API_URL", settings.api_url, "root of the Bot API");
    loader.add("INTEGRATION_CACHE_URL", settings.names_url, "where 8020 knows callers' names");
    loader.add(
        "NAME_BUDGET_MS", settings.name_budget, "how long a message waits for the caller's name"
    );
}

}  // namespace trunkline::telegram
