#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bot_api.hpp"
#include "bot_figures.hpp"
#include "courier.hpp"
#include "pg/settings.hpp"
#include "poller_store.hpp"
#include "tenants/directory.hpp"
#include "update_handler.hpp"
#include "update_reader.hpp"

namespace trunkline::telegram {

/// Brings the updates of every enterprise's bot to the handler: by long poll, or by telling
/// Telegram where our webhook is, never both. One process per bot does so, whoever holds the bot's
/// advisory lock; the locks live on a connection of their own, and when that is lost everything
/// they stood for ends at once. One executor.
class Bots {
public:
    struct Settings {
        UpdateMode mode = UpdateMode::poll;
        std::string public_url;
        pg::Settings postgres;  ///< For the connection that holds the locks.
    };
    Bots(
        asio::any_io_executor executor,
        Settings settings,
        PollerStore& store,
        BotApi& api,
        tenants::Directory& directory,
        UpdateHandler& handler,
        BotFigures& figures
    );
    ~Bots();

    void start();
    asio::awaitable<void> stop();

    /// The bot whose webhook has this key; nothing unless webhooks are on.
    std::optional<BotIdentity> by_hook_key(const std::string& key);
    /// The same with its username, which commands in groups are addressed with.
    asio::awaitable<BotIdentity> with_username(BotIdentity bot);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::telegram
