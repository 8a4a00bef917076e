#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "context.hpp"

namespace trunkline::trunkctl {

/// What `pbx add` and `pbx set` were told; what is not there stays as it is.
struct PbxValues {
    std::optional<std::string> enterprise, kind, name, host, username, secret, dial_context, device,
        dial_number, hold_context, record_folder;
    std::optional<std::int64_t> port, connect_timeout, reconnect_delay;
    std::optional<bool> use_ssl, debug_mode, enabled;
    std::vector<std::string> permit;  ///< For the printed manager.conf; empty: found out.
};

/// Adds a row and prints its manager.conf. Without a secret one is made up and shown once.
asio::awaitable<base::Result<>> add_pbx(Context& context, PbxValues values);
asio::awaitable<base::Result<>> set_pbx(Context& context, std::string id, PbxValues values);
asio::awaitable<base::Result<>> list_pbx(Context& context, std::string enterprise);
asio::awaitable<base::Result<>> remove_pbx(Context& context, std::string id);
/// Connects, and tells what is wrong and what mends it.
asio::awaitable<base::Result<>> check_pbx(Context& context, std::string id, std::string enterprise);
asio::awaitable<base::Result<>> print_manager_conf(
    Context& context, std::string id, std::vector<std::string> permit
);
asio::awaitable<base::Result<>> print_hold_dialplan(Context& context, std::string id);

struct KeyValues {
    std::string enterprise, name, role;
};
/// Prints the key, once: only its digest is kept.
asio::awaitable<base::Result<>> add_control_key(Context& context, KeyValues values);
asio::awaitable<base::Result<>> list_control_keys(Context& context, std::string enterprise);
asio::awaitable<base::Result<>> revoke_control_key(Context& context, std::string id);

/// What an enterprise may call outside.
struct GuardValues {
    std::string enterprise;
    std::optional<std::vector<std::string>> countries;
    std::optional<std::int64_t> calls_per_hour;
    std::optional<std::string> night_from, night_to, night_calls;
    std::optional<bool> service_codes;
};
asio::awaitable<base::Result<>> set_call_guard(Context& context, GuardValues values);
asio::awaitable<base::Result<>> show_call_guard(Context& context, std::string enterprise);

/// Where the seed's commands go: a row, or an exchange that has none yet.
struct PbxTarget {
    std::string id;
    std::string enterprise;
    std::string host;
    std::int64_t port = 5038;
    std::string username;
    std::string secret;
    bool use_ssl = false;
};
asio::awaitable<base::Result<>> test_asterisk_connection(
    Context& context, PbxTarget target, bool full, bool queues
);
struct QueueStatsOptions {
    std::string queue;
    bool watch = false;
    bool summary = false;
    int interval = 2;  ///< Seconds.
    int times = 0;     ///< 0: until it is stopped.
};
asio::awaitable<base::Result<>> asterisk_queue_stats(
    Context& context, PbxTarget target, QueueStatsOptions options
);

/// `pbx ...`, `test-asterisk-connection` and `asterisk-queue-stats`.
void add_pbx_commands(CLI::App& app, Work& work);

}  // namespace trunkline::trunkctl
