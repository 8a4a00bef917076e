#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "call/card.hpp"
#include "card_key.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::telegram {

/// What a chat should show for a call from now on.
struct WantedCard {
    CardKey key;
    std::string unique_id;
    std::int64_t bot = 0;
    call::CardState state;               ///< state.text is the card's text.
    std::optional<std::string> comment;  ///< To be sent as a reply to the card.
    std::string keyboard;                ///< reply_markup as JSON, or empty.
    std::string phone;                   ///< The outside party; empty for internal calls.
    bool is_final = false;
    std::optional<base::WallTime> event_at;  ///< When the event behind it was received.
    std::chrono::milliseconds hold{0};       ///< Not to be sent before.
    std::string trace_id;
};

/// What has to be done for a card next.
enum class CardAction {
    send,
    edit,
    remove,   ///< Delete the replaced message.
    comment,  ///< Send the comment.
    settle,   ///< Nothing: the chat shows it, or must not be told any more.
    digest,   ///< The call ended long ago and the chat never heard of it: a line of its digest.
    expire,   ///< Two days without success: a dead letter.
};
std::string_view method_of(CardAction action);

/// A request that was begun: written down, and fenced by its epoch.
struct BegunCard {
    CardKey key;
    std::int64_t bot = 0;
    CardAction action = CardAction::settle;
    std::string unique_id;
    std::optional<std::int64_t> message_id;
    std::optional<std::int64_t> old_message_id;
    std::optional<std::int64_t> reply_to;
    std::string text;  ///< Of the comment for action comment.
    std::string keyboard;
    int version = 0;
    int attempts = 0;
    int unknown_sends = 0;  ///< Before this one.
    bool is_final = false;
    std::int64_t epoch = 0;
    std::int64_t log_id = 0;  ///< Its row of asterisk_logs; 0 if there is no request.
    std::optional<base::WallTime> event_at;
    std::string trace_id;
};

/// How a request ended, for asterisk_logs.
struct RequestEnd {
    std::optional<int> status;
    std::string answer;
    std::optional<std::int64_t> message_id;
    std::int64_t duration_ms = 0;
    base::WallTime sent_at;
    std::string outcome;
};

struct CardStoreSettings {
    std::chrono::milliseconds reply_window{600'000
    };  ///< After a final text, the same party's next call replies to it.
    std::chrono::milliseconds stale_after{3'600'000
    };  ///< What a chat was not told by then goes to a digest.
    std::chrono::milliseconds give_up_after{172'800'000};
    std::chrono::milliseconds lease{2'000
    };  ///< After a sender died, from a request's begin to the next.
};

/// The table telegram_messages and what belongs to it. Whoever sends for a bot holds its lock in
/// `session` and begins there, so that a lost lock begins nothing; a request's end counts only with
/// its own epoch.
class CardStore {
public:
    explicit CardStore(pg::Pool& pool, CardStoreSettings settings = {})
        : pool_(pool), settings_(settings) {}

    asio::awaitable<base::Result<std::vector<std::pair<std::int64_t, call::CardState>>>> states(
        std::string enterprise, std::string call_uuid
    );
    /// Cards of one call, at most one per chat. A state that is older than the stored one changes
    /// nothing.
    asio::awaitable<base::Result<>> want(std::vector<WantedCard> cards);
    /// The cards of `absorbed` go over to the call `into`, or are deleted where that has one.
    asio::awaitable<base::Result<>> absorb(
        std::string enterprise,
        std::vector<std::string> absorbed,
        std::string into,
        std::vector<std::int64_t> chats,
        std::int64_t bot
    );

    struct Due {
        std::int64_t bot = 0;
        CardKey key;
        bool is_final = false;
        bool was_tried = false;
        base::Duration age{};  ///< Since it was wanted.
    };
    /// Cards of these bots that are due, oldest first.
    static asio::awaitable<base::Result<std::vector<Due>>> due(
        pg::Session& session, std::vector<std::int64_t> bots, int limit
    );
    /// Bots other than these that have something to do and that nobody seems to serve.
    static asio::awaitable<base::Result<std::vector<std::int64_t>>> orphans(
        pg::Session& session, std::vector<std::int64_t> bots
    );
    /// Takes the locks of those bots that nobody else holds.
    static asio::awaitable<base::Result<std::vector<std::int64_t>>> lock_bots(
        pg::Session& session, std::vector<std::int64_t> bots
    );
    static asio::awaitable<base::Result<>> unlock_bots(
        pg::Session& session, std::vector<std::int64_t> bots
    );
    /// What others sent in the last minute, oldest first, and what Telegram wants waited for.
    struct Past {
        struct Request {
            std::int64_t bot = 0;
            std::int64_t chat = 0;
            base::Duration age{};
        };
        struct Pause {
            std::int64_t bot = 0;
            std::int64_t chat = 0;
            base::Duration left{};
        };
        std::vector<Request> requests;
        std::vector<Pause> pauses;
    };
    static asio::awaitable<base::Result<Past>> past(
        pg::Session& session, std::vector<std::int64_t> bots
    );
    static asio::awaitable<base::Result<>> tell_others(
        pg::Session& session, std::vector<std::int64_t> bots
    );

    struct Start {
        CardKey key;
        bool was_held = false;
    };
    /// One card each; those that have nothing to do any more are left out.
    asio::awaitable<base::Result<std::vector<BegunCard>>> begin(
        pg::Session& session, std::vector<Start> cards
    );

    struct Done {
        BegunCard card;
        RequestEnd end;
    };
    struct Kept {
        bool is_behind = false;  ///< The card has more to do.
    };
    /// All in one transaction.
    asio::awaitable<base::Result<std::vector<Kept>>> done(std::span<const Done> done);
    /// Again after the pause. `is_unknown`: the send may have been done.
    asio::awaitable<base::Result<>> postpone(
        BegunCard card,
        RequestEnd end,
        std::chrono::milliseconds pause,
        std::string reason,
        bool is_unknown
    );
    /// The message is gone, or cannot be edited and is to be deleted: the next request is a send.
    asio::awaitable<base::Result<>> forget_message(
        BegunCard card, RequestEnd end, std::string reason, bool delete_it
    );
    asio::awaitable<base::Result<>> bury(BegunCard card, RequestEnd end, std::string reason);
    /// The chat takes nothing more: its subscriber is switched off and its cards are dead letters.
    asio::awaitable<base::Result<>> drop_chat(BegunCard card, RequestEnd end, std::string reason);
    /// Counts a `chat not found`; true at the second in a row.
    asio::awaitable<base::Result<bool>> count_not_found(CardKey key);
    asio::awaitable<base::Result<>> found_again(CardKey key);
    asio::awaitable<base::Result<>> move_chat(
        BegunCard card, RequestEnd end, std::int64_t new_chat, std::string reason
    );
    asio::awaitable<base::Result<>> pause(
        std::int64_t bot, std::int64_t chat, std::chrono::milliseconds length, std::string reason
    );
    asio::awaitable<base::Result<>> end_pause(std::int64_t bot);
    /// The card's text becomes a line of the chat's digest, which is a card of its own; returns its
    /// key.
    asio::awaitable<base::Result<CardKey>> into_digest(BegunCard card, std::string heading);

    /// `{"items":[...]}`: the cards of a call by UniqueId, with what was sent when.
    asio::awaitable<base::Result<std::string>> messages(
        std::string unique_id, std::optional<std::string> enterprise
    );

private:
    asio::awaitable<base::Result<>> change(
        const BegunCard& card, RequestEnd end, std::string assignments, pg::Params more
    );

    pg::Pool& pool_;
    CardStoreSettings settings_;
};

}  // namespace trunkline::telegram
