#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lanes.hpp"
#include "outbox/message.hpp"

namespace trunkline::outbox {

/// What tells one row and its order key.
struct Handle {
    std::int64_t id = 0;
    std::string enterprise_number;
    std::string target;
    std::string order_key;
};
Handle handle_of(const Item& item);

/// How much to take, and what not.
struct Claim {
    std::size_t limit = 1;
    std::size_t per_target = 1;                  ///< Of these, for one target.
    std::vector<std::string> except;             ///< Targets that are left alone.
    std::optional<std::string> only;             ///< If set, nothing of other targets.
    std::optional<std::string> only_enterprise;  ///< With `only`: one lane alone.
};

/// The table, as one queue's worker sees it. All functions may be called by several processes at
/// once.
class Store {
public:
    Store(pg::Pool& pool, std::string queue) : pool_(pool), queue_(std::move(queue)) {}

    /// Takes messages that are due and first of their order key, for the length of `lease`; after
    /// that anybody may take them again.
    asio::awaitable<base::Result<std::vector<Item>>> claim(
        Claim claim, const Lanes& lanes, std::chrono::milliseconds lease
    );
    /// Makes the claims of those that are still ours last for `lease` from now on.
    asio::awaitable<base::Result<>> renew(
        std::vector<std::int64_t> ids,
        std::vector<std::int64_t> claims,
        std::chrono::milliseconds lease
    );
    /// What is done goes, and what stood behind it becomes due, in one transaction.
    asio::awaitable<base::Result<>> remove(std::vector<Handle> handles);
    /// Only while the claim is still ours.
    asio::awaitable<base::Result<>> postpone(
        const Item& item, std::chrono::milliseconds pause, std::string reason
    );
    /// The same, but the claim was no attempt.
    asio::awaitable<base::Result<>> wait(
        const Item& item, std::chrono::milliseconds pause, std::string reason
    );
    /// Into dead_letters; what stood behind it becomes due.
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
