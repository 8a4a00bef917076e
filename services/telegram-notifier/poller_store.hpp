#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "pg/pool.hpp"

namespace trunkline::telegram {

/// How far each bot's updates have been read: the table telegram_pollers.
class PollerStore {
public:
    explicit PollerStore(pg::Pool& pool) : pool_(pool) {}

    struct Start {
        std::int64_t epoch = 0;  ///< Of this poller; an older one keeps nothing any more.
        /// For getUpdates; 0: whatever there is. An offset that is a day old is not used: Telegram
        /// keeps no update longer, and ids may begin anew after a quiet week.
        std::int64_t offset = 0;
        std::string username;  ///< From the last getMe; may be empty.
    };
    asio::awaitable<base::Result<Start>> begin(std::int64_t bot);
    /// conflict: another poller has begun since.
    asio::awaitable<base::Result<>> keep(
        std::int64_t bot, std::int64_t epoch, std::int64_t next_update
    );
    asio::awaitable<base::Result<>> keep_username(std::int64_t bot, std::string username);
    /// Forgets updates that Telegram repeats no more, and invites that nobody can use.
    asio::awaitable<base::Result<>> clean();

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::telegram
