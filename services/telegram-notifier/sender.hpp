#pragma once

#include <memory>

#include "bot_api.hpp"
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
        metrics::Registry& registry
    );
    ~Sender();

    void start();
    /// A card wants something new.
    void wake();
    /// Claims nothing more; requests under way end until the deadline.
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::telegram
