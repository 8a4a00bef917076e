#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "crypto/secret_box.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"
#include "printer.hpp"

namespace trunkline::trunkctl {

/// What every command has in hand.
struct Context {
    pg::Pool& pool;
    const Printer& out;
    std::optional<crypto::SecretBox> secrets;  ///< Set if SECRETS_KEY is.
    std::string secrets_key;
    std::string public_url;
    std::string recordings_path;
    std::string ingest_url;             ///< For what ingest alone can tell or do.
    std::string integration_cache_url;  ///< For the enterprise's own CRM.
    std::string admin_token;
    std::string internal_token;
    std::map<std::string, std::string>
        connectors;                 ///< Addresses by the key of integrations_config.
    std::string emulator_url = {};  ///< For calls that are played at a running suite.
    std::string sandbox_url = {};   ///< Where load enterprises' bots and CRMs are.
    std::string telegram_api_url;   ///< Root of the Bot API: a link to a bot needs its name.
};

/// A command's work; its error is printed by the caller.
using Work = std::function<asio::awaitable<base::Result<>>(Context&)>;

}  // namespace trunkline::trunkctl
