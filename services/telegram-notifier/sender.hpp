#pragma once

#include <memory>

#include "bot_api.hpp"
#include "bot_figures.hpp"
#include "card_store.hpp"
#include "metrics/registry.hpp"
#include "pg/listener.hpp"
#include "tenants/directory.hpp"

namespace trunkline::telegram {

/// Makes chats show what their cards want: one request per chat at a time, newest text only, within
/// Telegram's limits. Several processes share the work by bots: who speaks for a bot holds its
/// advisory lock on one session, and begins every request on that session. A crash in the middle
/// leaves the card to whoever gets the lock next. One executor.
class Sender {
public:
    /// `locks` is a pool of its own with one connection, for the session that holds the locks. Adds
    /// its channel to `listener`, so make it before listener.start().
    Sender(
        const asio::any_io_executor& executor,
        pg::Pool& locks,
        pg::Listener& listener,
        CardStore& store,
        BotApi& api,
        tenants::Directory& directory,
        BotFigures& figures,
        metrics::Registry& registry
    );
    ~Sender();

    void start();
    /// This card wants something new, not before `hold`.
    void wanted(
        std::int64_t bot,
        const CardKey& key,
        bool is_final,
        std::chrono::milliseconds hold = std::chrono::milliseconds(0)
    );
    /// For what else is sent by the same bots: zero: go now, turn_done() must follow; else how long
    /// to wait before asking again.
    base::Duration take_turn(std::int64_t bot, std::int64_t chat);
    void turn_done(std::int64_t bot, std::int64_t chat);
    /// After a 429 to such: nothing to that chat until then.
    void block(std::int64_t bot, std::int64_t chat, base::Duration pause);
    /// Begins nothing more; requests under way end until the deadline.
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::telegram
