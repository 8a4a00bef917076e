#pragma once

#include <functional>

#include "base/log.hpp"
#include "card_audience.hpp"
#include "card_store.hpp"
#include "contract/card_update.hpp"
#include "names.hpp"
#include "outbox/worker.hpp"
#include "tenants/directory.hpp"

namespace trunkline::telegram {

/// Works the queue `telegram`: what a call's change means for each chat is written down; sending is
/// the Sender's.
class CardUpdates {
public:
    CardUpdates(
        CardStore& store,
        Names& names,
        tenants::Directory& directory,
        CardAudience& audience,
        std::function<void()> wake_sender
    );

    asio::awaitable<outbox::Verdict> take(const outbox::Item& item);

    static outbox::WorkerSettings worker_settings();

private:
    asio::awaitable<call::CardNames> names_for(
        const tenants::Enterprise& enterprise, const call::Call& call
    );

    CardStore& store_;
    Names& names_;
    tenants::Directory& directory_;
    CardAudience& audience_;
    std::function<void()> wake_sender_;
    base::Logger logger_{"telegram"};
};

/// The part of a bot's token that may be shown: the number before the colon; 0 if there is none.
std::int64_t bot_id(const std::string& token);

}  // namespace trunkline::telegram
