#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "call/tracker.hpp"
#include "crypto/secret_box.hpp"
#include "net/address.hpp"

namespace trunkline::ingest {

struct Settings {
    app::CommonSettings common;
    std::string gateway_url = "http://127.0.0.1:8020";
    std::string default_timezone = "Europe/Minsk";
    int workers = 1;
    int keep_events_days = 400;
    call::Timers timers;
    std::string recordings_path;
    std::vector<std::string> allowed_upstream_hosts;
    bool allow_loopback_upstreams = false;
    /// Empty: var/journal beside LOG_DIR. See journal_folder().
    std::string journal_folder;
    std::uint64_t journal_max_bytes = std::uint64_t{1} << 30U;
    std::string allowed_networks;  ///< PBX_ALLOWED_NETWORKS; empty: all.
    std::uint64_t rate_limit = 0;  ///< Events/s of each exchange; 0: no limit.
};

const app::ServiceInfo& service_info();
/// Where worker number `worker` keeps its journal.
std::filesystem::path journal_folder(const Settings& settings, unsigned worker);
/// Settings of the gate before events, checked by declare() already.
std::vector<net::Network> allowed_networks(const Settings& settings);
std::optional<crypto::SecretBox> secret_box(const Settings& settings);

void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::ingest
