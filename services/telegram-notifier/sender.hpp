#pragma once

#include <memory>

#include "bot_api.hpp"
#include "bot_figures.hpp"
#include "card_store.hpp"
#include "metrics/registry.hpp"
#include "tenants/directory.hpp"

namespace trunkline::telegram {

/// Makes chats show what their cards want: one request per card at a time, newest text only, within
/// Telegram's limits. A crash in the middle leaves the card to be claimed again after its lease.
/// One executor.
class Sender {
public:
    Sender(
        asio::any_io_executor executor,
        CardStore& store,
        BotApi& api,
        tenants::Directory& directory,
        BotFigures& figures,
        metrics::Registry& registry
    );
    ~Sender();

    void start();
    /// A card wants something new.
    void wake();
    /// The allowances of bot and chat, for what else is sent: zero: go now, it is counted; else how
    /// long to wait before asking again.
    base::Duration take_turn(std::int64_t bot, std::int64_t chat);
    /// After a 429 to something else: nothing to that chat for so long.
    void block(std::int64_t bot, std::int64_t chat, base::Duration pause);
    /// Claims nothing more; requests under way end until the deadline.
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::telegram
