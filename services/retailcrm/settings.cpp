#include "settings.hpp"

namespace trunkline::retailcrm {

const connector::Identity& identity() {
    static const connector::Identity identity{
        .service =
            {.name = "retailcrm",
             .purpose = "Calls into RetailCRM: pop-ups, history, names.",
             .port_setting = "RETAILCRM_PORT",
             .default_port = 8019,
             .log_file = "retailcrm.log"},
        .key = "retailcrm"
    };
    return identity;
}

}  // namespace trunkline::retailcrm
