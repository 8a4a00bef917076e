#include "settings.hpp"

#include "httpc/url.hpp"

namespace trunkline::uon {
namespace {

base::Result<> check_url(const std::string& name, const std::string& text) {
    if (const auto url = httpc::Url::parse(text); !url) {
        return base::fail(base::Errc::invalid_input, name + ": " + url.error().detail);
    }
    return {};
}

}  // namespace

const connector::Identity& identity() {
    static const connector::Identity identity{
        .service =
            {.name = "uon",
             .purpose = "Calls into U-ON.Travel: pop-ups, call history, names.",
             .port_setting = "UON_PORT",
             .default_port = 8022,
             .log_file = "uon.log"},
        .key = "uon"
    };
    return identity;
}

void declare(config::Loader& loader, Settings& settings) {
    connector::declare(loader, settings);
    loader.add("UON_API_URL", settings.api_url, "U-ON's API");
    loader.add(
        "UON_RECORD_WAIT_SECONDS",
        settings.record_wait,
        "how long a call's row waits for the link of its recording",
        {0, 3600}
    );
    loader.add(
        "INTEGRATION_CACHE_URL",
        settings.integration_cache_url,
        "told to forget names when a client changes in U-ON; empty: nobody is told"
    );
    loader.add_check([&settings] { return check_url("UON_API_URL", settings.api_url); });
}

}  // namespace trunkline::uon
