#include "settings.hpp"

namespace trunkline::bitrix24 {

const connector::Identity& identity() {
    static const connector::Identity identity{
        .service =
            {.name = "bitrix24",
             .purpose = "Calls into Bitrix24: cards, history, recordings, names, click-to-call.",
             .port_setting = "BITRIX24_PORT",
             .default_port = 8024,
             .log_file = "bitrix24.log"},
        .key = "bitrix24"
    };
    return identity;
}

void declare(config::Loader& loader, Settings& settings) {
    connector::declare(loader, settings);
    loader.add(
        "BITRIX24_OAUTH_URL",
        settings.oauth_url,
        "where tokens are refreshed, unless the portal names another of Bitrix24's own servers"
    );
}

}  // namespace trunkline::bitrix24
