#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "dead_letters.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::ingest {

/// What could not be delivered, of all queues: rows of dead_letters and Telegram's dead cards, in
/// one list.
class DeadLetterStore {
public:
    explicit DeadLetterStore(pg::Pool& pool) : pool_(pool) {}

    struct Filter {
        std::optional<std::string> enterprise, queue, target, state, from, to;
        std::optional<std::string> cursor;  ///< As `next` gave it.
        int limit = 100;
    };
    /// `{"items":[...],"next":...}`, the last deaths first, without payloads.
    asio::awaitable<base::Result<std::string>> list(Filter filter);
    /// One with its payload, secrets masked. not_found.
    asio::awaitable<base::Result<std::string>> get(DeadLetterId id, std::string text);

    /// Puts it back to be delivered. not_found; conflict: a replay waits already, or the chat shows
    /// the card by now.
    asio::awaitable<base::Result<>> replay(DeadLetterId id);

private:
    asio::awaitable<base::Result<>> replay_letter(std::int64_t id);
    asio::awaitable<base::Result<>> replay_card(CardId card);
    asio::awaitable<base::Error> why_not(CardId card);

    pg::Pool& pool_;
};

}  // namespace trunkline::ingest
