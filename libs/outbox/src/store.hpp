#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "lanes.hpp"
#include "outbox/message.hpp"

namespace trunkline::outbox {

/// The table, as one queue's worker sees it. All functions may be called by several processes at
/// once.
class Store {
public:
    Store(pg::Pool& pool, std::string queue) : pool_(pool), queue_(std::move(queue)) {}

    /// Takes up to `limit` messages that are due and first of their order key, for the length of
    /// `lease`; after that anybody may take them again.
    asio::awaitable<base::Result<std::vector<Item>>> claim(
        std::size_t limit, const Lanes& lanes, std::chrono::milliseconds lease
    );
    asio::awaitable<base::Result<>> remove(std::vector<std::int64_t> ids);
    /// Only while the claim `attempt` is still ours.
    asio::awaitable<base::Result<>> postpone(
        const Item& item, std::chrono::milliseconds pause, std::string reason
    );
    asio::awaitable<base::Result<>> bury(const Item& item, std::string reason);

    struct Depth {
        std::int64_t waiting = 0;
        double oldest_seconds = 0;
    };
    asio::awaitable<base::Result<Depth>> depth();
    /// Until the next message is due; `cap` if none is.
    asio::awaitable<base::Result<std::chrono::milliseconds>> until_due(std::chrono::milliseconds cap
    );

private:
    pg::Pool& pool_;
    std::string queue_;
};

}  // namespace trunkline::outbox
