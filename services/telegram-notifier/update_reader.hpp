#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/log.hpp"
#include "bot_api.hpp"
#include "bot_figures.hpp"
#include "courier.hpp"
#include "net/backoff.hpp"
#include "poll_answer.hpp"
#include "poller_store.hpp"
#include "tenants/directory.hpp"
#include "update_handler.hpp"

namespace trunkline::telegram {

enum class UpdateMode { poll, webhook, off };

/// A bot as the enterprises of now have it.
struct WantedBot {
    std::string token;
    std::string hook_key;  ///< Of the first of its enterprises.

    bool operator==(const WantedBot&) const = default;
};

/// Brings one bot's updates to the handler for as long as it is let (contracts/telegram.md section
/// 4): by long poll, or by keeping Telegram's idea of our webhook right. One executor.
class UpdateReader {
public:
    struct Settings {
        UpdateMode mode = UpdateMode::poll;
        std::string public_url;  ///< For webhooks.
    };
    UpdateReader(
        Settings settings,
        PollerStore& store,
        BotApi& api,
        tenants::Directory& directory,
        UpdateHandler& handler,
        BotFigures& figures
    )
        : settings_(std::move(settings)),
          store_(store),
          api_(api),
          directory_(directory),
          handler_(handler),
          figures_(figures) {}

    /// Ends only when cancelled, or when another poller of the bot has begun. Begins after `delay`.
    asio::awaitable<void> serve(BotIdentity bot, WantedBot as_wanted, base::Duration delay);
    /// From memory, else from Telegram; empty if it does not tell.
    asio::awaitable<std::string> learn_username(BotIdentity bot);

private:
    asio::awaitable<void> poll(BotIdentity bot, PollerStore::Start start);
    asio::awaitable<bool> hand_over(
        const BotIdentity& bot, const PollAnswer& answer, std::int64_t& offset
    );
    asio::awaitable<void> after_failure(
        const BotIdentity& bot,
        const PollAnswer& answer,
        net::Backoff& failures,
        net::Backoff& conflicts
    );
    /// True: it was ours, and it is gone.
    asio::awaitable<bool> drop_own_webhook(BotIdentity bot);
    asio::awaitable<void> keep_webhook(BotIdentity bot, WantedBot as_wanted);
    asio::awaitable<bool> set_webhook(BotIdentity bot, std::string url, std::string secret);
    std::string hook_url(const std::string& key) const {
        return settings_.public_url + "/telegram/hooks/" + key;
    }

    Settings settings_;
    PollerStore& store_;
    BotApi& api_;
    tenants::Directory& directory_;
    UpdateHandler& handler_;
    BotFigures& figures_;
    std::map<std::int64_t, std::string> usernames_;
    base::Logger logger_{"telegram"};
};

}  // namespace trunkline::telegram
