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

namespace {

void declare_timers(config::Loader& loader, call::Timers& timers) {
    loader.add(
        "CALL_LEAVE_SETTLE_MS",
        timers.leave_settle,
        "from the outside party's last leave to the call's end"
    );
    loader.add(
        "CALL_QUIET_MS",
        timers.quiet,
        "nobody in a bridge and no final hangup: another leg's ends it"
    );
    loader.add(
        "CALL_REOPEN_MS", timers.reopen, "how long a new conversation reopens an ended call"
    );
    loader.add("CALL_KEEP_MS", timers.keep_final, "how long an ended call stays known");
    loader.add("CALL_IDLE_MS", timers.keep_idle, "how long a call without events stays known");
}

}  // namespace

std::filesystem::path journal_folder(const Settings& settings, unsigned worker) {
    const std::filesystem::path beside_logs =
        std::filesystem::path(settings.common.log_folder) / ".." / "var" / "journal";
    const auto folder = settings.journal_folder.empty()
                            ? beside_logs.lexically_normal()
                            : std::filesystem::path(settings.journal_folder);
    return folder / std::to_string(worker);
}

void declare(config::Loader& loader, Settings& settings) {
    declare_timers(loader, settings.timers);
    loader.add(
        "EVENTS_KEEP_DAYS",
        settings.keep_events_days,
        "how long events are kept, whole months; 0: for ever",
        {0, 36500}
    );
    loader.add(
        "INTEGRATION_CACHE_URL", settings.gateway_url, "where 8020 takes dispatched call events"
    );
    loader.add(
        "DEFAULT_TIMEZONE",
        settings.default_timezone,
        "zone of exchanges whose enterprise names none"
    );
    loader.add(
        "RECORDINGS_PATH",
        settings.recordings_path,
        "folder of recordings, a folder per enterprise's number in it"
    );
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
    loader.add(
        "JOURNAL_DIR",
        settings.journal_folder,
        "where events wait while PostgreSQL is away; one per replica, on a disk that stays "
        "(unset: var/journal beside LOG_DIR)"
    );
    loader.add(
        "JOURNAL_MAX_BYTES",
        settings.journal_max_bytes,
        "what the journal of one worker may take on disk",
        {std::int64_t{64} * 1024}
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
