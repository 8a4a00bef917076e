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
    loader.add("TELEGRAM_TIMEOUT_MS", settings.request_timeout, "how long one request may take");
    loader.add(
        "CARD_FINAL_MODE",
        settings.final_mode,
        "replace: the end replaces the conversation's text; comment: it is a reply to it"
    );
    loader.add(
        "CARD_REPLY_MS",
        settings.reply_window,
        "how long after a call's end the same party's next call is a reply to it"
    );
    loader.add(
        "CARD_STALE_MS",
        settings.stale_after,
        "calls that ended so long ago, and of which a chat heard nothing, go to a digest"
    );
    loader.add("CARD_SHOW_LINE", settings.show_line, "1: an extra line with the call's line");
    loader.add(
        "CARD_SHOW_RECORDING", settings.show_recording, "1: an extra line with the recording's link"
    );
    loader.add_check([&settings]() -> base::Result<> {
        if (settings.final_mode != "replace" && settings.final_mode != "comment") {
            return base::fail(
                base::Errc::invalid_input, "CARD_FINAL_MODE: must be replace or comment"
            );
        }
        return {};
    });
}

}  // namespace trunkline::telegram
