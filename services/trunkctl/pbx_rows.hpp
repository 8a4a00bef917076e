#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "context.hpp"

namespace trunkline::trunkctl {

/// A row of pbx_servers.
struct PbxRow {
    std::string id;
    std::string enterprise;
    std::string kind = "asterisk";
    std::string name;
    std::string host;
    std::int64_t port = 5038;
    std::string username;
    std::string secret;  ///< As stored: plain or sealed.
    bool use_ssl = false;
    std::int64_t connect_timeout = 10;
    std::int64_t reconnect_delay = 5;
    bool debug_mode = false;
    bool enabled = true;
    std::string dial_context = "from-internal";
    std::string device = "PJSIP/{extension}";
    std::string dial_number = "{digits}";
    std::string hold_context = "trunkline-hold";
    std::string record_folder;
};

/// Those that are meant: one id, an enterprise's, or all. not_found if there is none.
asio::awaitable<base::Result<std::vector<PbxRow>>> read_pbx_rows(
    Context& context, std::string id, std::string enterprise
);

/// In the clear. Needs SECRETS_KEY for a sealed one.
base::Result<std::string> pbx_secret(const Context& context, const PbxRow& row);

/// Whether a row can work: invalid_input with every fault, in words for whoever wrote it.
base::Result<> check_pbx_row(const PbxRow& row);

}  // namespace trunkline::trunkctl
