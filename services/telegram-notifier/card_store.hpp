#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "call/card.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::telegram {

struct CardKey {
    std::string enterprise;
    std::string call_uuid;
    std::int64_t chat = 0;
};

/// What a chat should show for a call from now on.
struct WantedCard {
    CardKey key;
    std::string unique_id;
    std::int64_t bot = 0;
    call::CardState state;
    std::string text;
    std::string keyboard = {};  ///< reply_markup; empty: none.
    bool is_final = false;
    std::optional<base::WallTime> event_at;  ///< When the event behind it was received.
    std::string trace_id;
};

/// A card that this process may speak for until the lease ends.
struct ClaimedCard {
    CardKey key;
    std::string unique_id;
    std::int64_t bot = 0;
    std::optional<std::int64_t> message_id;
    std::string text;
    std::optional<std::string> sent_text;
    std::string keyboard = {};
    std::string sent_keyboard = {};
    std::optional<base::WallTime> wanted_at = {};
    int version = 0;
    bool is_final = false;
    bool outcome_unknown = false;  ///< A send was begun before and nobody knows what became of it.
    int attempts = 0;
    std::int64_t epoch = 0;
    std::string trace_id;
};

/// The table telegram_messages. Several processes may work on it at once: a claim is fenced by its
/// epoch.
class CardStore {
public:
    explicit CardStore(pg::Pool& pool) : pool_(pool) {}

    asio::awaitable<base::Result<std::vector<std::pair<std::int64_t, call::CardState>>>> states(
        std::string enterprise, std::string call_uuid
    );
    asio::awaitable<base::Result<>> want(std::vector<WantedCard> cards);

    asio::awaitable<base::Result<std::vector<ClaimedCard>>> claim(
        int limit, std::chrono::milliseconds lease
    );
    asio::awaitable<base::Result<>> sent(
        const ClaimedCard& card, std::optional<std::int64_t> message_id
    );
    /// Nothing was sent; again after the pause. `keep_unknown` leaves the mark of a send of unknown
    /// outcome.
    asio::awaitable<base::Result<>> postpone(
        const ClaimedCard& card,
        std::chrono::milliseconds pause,
        std::string reason,
        bool keep_unknown
    );
    /// The message is gone: the next request is a send.
    asio::awaitable<base::Result<>> forget_message(const ClaimedCard& card, std::string reason);
    asio::awaitable<base::Result<>> bury(const ClaimedCard& card, std::string reason);
    asio::awaitable<base::Result<>> drop_subscriber(const ClaimedCard& card, std::string reason);
    asio::awaitable<base::Result<>> move_chat(const ClaimedCard& card, std::int64_t new_chat);

    struct Attempt {
        std::string method;
        std::string text;
        std::optional<std::int64_t> message_id;
        std::optional<int> status;
        std::string answer;
        std::int64_t duration_ms = 0;
    };
    asio::awaitable<base::Result<>> log(const ClaimedCard& card, Attempt attempt);

    /// `{"items":[...]}`: the cards of a call by UniqueId, with what was sent when.
    asio::awaitable<base::Result<std::string>> messages(
        std::string unique_id, std::optional<std::string> enterprise
    );

private:
    asio::awaitable<base::Result<>> change(std::string sql, pg::Params params);

    pg::Pool& pool_;
};

}  // namespace trunkline::telegram
