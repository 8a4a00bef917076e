#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bot_api.hpp"
#include "bot_figures.hpp"
#include "reactions.hpp"

namespace trunkline::telegram {

/// One bot, as its enterprises name it.
struct BotIdentity {
    std::int64_t id = 0;
    std::string token;
    std::string username;  ///< Without @; empty while it is not known.
};

/// A message as its request's JSON body.
std::string message_body(
    std::int64_t chat,
    std::optional<std::int64_t> thread,
    std::string_view html,
    std::string_view keyboard = {}
);
std::string edit_body(
    std::int64_t chat, std::int64_t message, std::string_view html, std::string_view keyboard = {}
);
/// Without parse_mode, for text that was not made by us.
std::string plain_body(
    std::int64_t chat, std::optional<std::int64_t> thread, std::string_view text
);

/// Sends what is no card: replies, settings, digests. It takes its turns from the same allowances
/// of bot and chat as the cards do. One executor.
class Courier {
public:
    /// The sender's allowances: how long to wait before asking again (zero: go now, the turn is
    /// taken), and that a chat is closed for a while.
    struct Turns {
        std::function<base::Duration(std::int64_t bot, std::int64_t chat)> take;
        std::function<void(std::int64_t bot, std::int64_t chat, base::Duration pause)> block;
        /// The answer to a request whose turn was taken is here, or no longer waited for.
        std::function<void(std::int64_t bot, std::int64_t chat)> done;
    };
    Courier(BotApi& api, Turns turns, BotFigures& figures)
        : api_(api), turns_(std::move(turns)), figures_(figures) {}

    /// Waits for its turn and sends, again after a 429 or when it was surely not done, all within
    /// `patience`. What the last answer means; `retry` when no turn came in time.
    asio::awaitable<Reaction> deliver(
        BotIdentity bot,
        std::int64_t chat,
        std::string method,
        std::string body,
        std::chrono::milliseconds patience
    );

    /// Stops a pressed button's spinning, with a short text (or none). Not rate limited.
    asio::awaitable<void> answer(BotIdentity bot, std::string callback_id, std::string text);

private:
    BotApi& api_;
    Turns turns_;
    BotFigures& figures_;
};

}  // namespace trunkline::telegram
