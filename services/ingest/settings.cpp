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

void declare_gate(config::Loader& loader, Settings& settings) {
    loader.add(
        "PBX_ALLOWED_NETWORKS",
        settings.allowed_networks,
        "networks that exchanges may send from, 10.0.0.0/8,192.0.2.7; all if empty"
    );
    loader.add(
        "INGEST_RATE_LIMIT",
        settings.rate_limit,
        "events a second of each exchange, 0 for no limit",
        {0, 1'000'000}
    );
    loader.add_check([&settings]() -> base::Result<> {
        const auto& key = settings.common.secrets_key;
        if (!key.empty() && !crypto::SecretBox::from_base64_key(key)) {
            return base::fail(base::Errc::invalid_input, "SECRETS_KEY: must be 32 bytes in base64");
        }
        return {};
    });
    loader.add_check([&settings]() -> base::Result<> {
        if (const auto networks = net::parse_networks(settings.allowed_networks); !networks) {
            return base::fail(
                base::Errc::invalid_input, "PBX_ALLOWED_NETWORKS: " + networks.error().detail
            );
        }
        return {};
    });
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

std::vector<net::Network> allowed_networks(const Settings& settings) {
    return net::parse_networks(settings.allowed_networks).value();
}

std::optional<crypto::SecretBox> secret_box(const Settings& settings) {
    if (settings.common.secrets_key.empty()) {
        return std::nullopt;
    }
    return crypto::SecretBox::from_base64_key(settings.common.secrets_key).value();
}

void declare(config::Loader& loader, Settings& settings) {
    declare_timers(loader, settings.timers);
    declare_gate(loader, settings);
    loader.add(
        "INGEST_WORKERS",
        settings.workers,
        "threads that take events in, each with connections and a journal of its own",
        {1, 64}
    );
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
