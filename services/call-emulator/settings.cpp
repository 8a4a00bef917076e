#include "settings.hpp"

#include "base/timezone.hpp"
#include "targets.hpp"

namespace trunkline::call_emulator {

const app::ServiceInfo& service_info() {
    static const app::ServiceInfo info{
        .name = "call-emulator",
        .purpose = "Plays whole calls of a telephone exchange, event by event, against ingest.",
        .port_setting = "CALL_EMULATOR_PORT",
        .default_port = 8025,
        .log_file = "call_tester.log"
    };
    return info;
}

void declare(config::Loader& loader, Settings& settings) {
    loader.add("INGEST_URL", settings.ingest_url, "where emulated events go");
    loader.add(
        "SANDBOX_URL", settings.sandbox_url, "the sandbox, to see chats and CRMs; empty: none"
    );
    loader.add(
        "EMULATOR_PATTERNS_DIR",
        settings.patterns_folder,
        "folder where imported patterns are kept; empty: in memory only"
    );
    loader.add(
        "EMULATOR_ALLOWED_TARGETS",
        settings.allowed_targets,
        "other base URLs that a request may name as target, separated by commas"
    );
    loader.add(
        "DEFAULT_TIMEZONE", settings.default_timezone, "zone of the emulated exchange's clock"
    );
    loader.add_check([&settings]() -> base::Result<> {
        if (!base::is_known_timezone(settings.default_timezone)) {
            return base::fail(
                base::Errc::invalid_input,
                "DEFAULT_TIMEZONE: \"" + settings.default_timezone +
                    "\" is not a zone of the IANA database"
            );
        }
        const auto targets = Targets::make(settings.ingest_url, settings.allowed_targets);
        if (!targets) {
            return std::unexpected(targets.error());
        }
        return {};
    });
}

}  // namespace trunkline::call_emulator
