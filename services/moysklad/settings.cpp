#include "settings.hpp"

namespace trunkline::moysklad {

const connector::Identity& identity() {
    static const connector::Identity identity{
        .service =
            {.name = "moysklad",
             .purpose = "Calls into MoySklad: pop-up cards, history, names, click to call.",
             .port_setting = "MOYSKLAD_PORT",
             .default_port = 8023,
             .log_file = "moysklad.log"},
        .key = "ms"
    };
    return identity;
}

void declare(config::Loader& loader, Settings& settings) {
    connector::declare(loader, settings);
    loader.add("MOYSKLAD_PHONE_API_URL", settings.phone_api_url, "MoySklad's Phone API 1.0");
    loader.add("MOYSKLAD_API_URL", settings.api_url, "MoySklad's JSON API Remap 1.2");
    loader.add(
        "MOYSKLAD_REMAP_COST",
        settings.remap_cost,
        "units of 45 in 3 s that one Remap request costs: 1 with a solution's token, 4 with a "
        "user's"
    );
}

}  // namespace trunkline::moysklad
