#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "form.hpp"

namespace trunkline::sandbox {

/// What the Bot API answers: HTTP status and body.
struct ApiAnswer {
    unsigned status = 200;
    std::string body;
    std::optional<int> retry_after;
};

/// The Bot API as far as contracts/telegram.md has it, in memory: chats with the history of every
/// message. Pure but for the clock; not thread-safe.
class TelegramApi {
public:
    explicit TelegramApi(const base::Clock& clock) : clock_(clock) {}

    /// One method of the bot with this token; names are case-insensitive.
    ApiAnswer call(
        const std::string& token, const std::string& method, const Parameters& parameters
    );

    struct Version {
        std::string text;  ///< As people see it, parsed.
        std::string raw;   ///< As sent.
        base::WallTime at;
    };
    struct Message {
        std::int64_t id = 0;
        std::optional<std::int64_t> reply_to;
        std::vector<Version> history;  ///< The last one is what the chat shows.
        std::string reply_markup;      ///< JSON or empty.
        bool deleted = false;
    };
    /// (bot id, chat id) -> messages in the order of sending.
    using Chats = std::map<std::pair<std::int64_t, std::int64_t>, std::vector<Message>>;

    const Chats& chats() const { return chats_; }
    void reset() { chats_.clear(); }

private:
    ApiAnswer get_me(std::int64_t bot) const;
    ApiAnswer send_message(std::int64_t bot, const Parameters& parameters);
    ApiAnswer edit_message_text(std::int64_t bot, const Parameters& parameters);
    ApiAnswer delete_message(std::int64_t bot, const Parameters& parameters);
    Message* find(std::int64_t bot, std::int64_t chat, std::int64_t message);

    const base::Clock& clock_;
    Chats chats_;
};

}  // namespace trunkline::sandbox
