#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "form.hpp"
#include "telegram_answer.hpp"

namespace trunkline::sandbox {

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
        bool from_user = false;              ///< A person wrote it to the bot.
        std::optional<std::int64_t> thread;  ///< The topic of a group.
    };
    /// (bot id, chat id) -> messages in the order of sending.
    using Chats = std::map<std::pair<std::int64_t, std::int64_t>, std::vector<Message>>;

    const Chats& chats() const { return chats_; }
    void reset() {
        chats_.clear();
        blocked_.clear();
    }

    /// A person writes to the bot; the message's id.
    std::int64_t receive(
        std::int64_t bot,
        std::int64_t chat,
        const std::string& text,
        std::optional<std::int64_t> thread
    );
    /// Whether the bot may write to the chat: false after it was blocked or thrown out.
    void set_reachable(std::int64_t bot, std::int64_t chat, bool reachable);
    /// The message as the chat shows it now; nothing if there is none.
    const Message* shown(std::int64_t bot, std::int64_t chat, std::int64_t message) const;
    /// The Message object of the Bot API.
    static std::string message_json(std::int64_t bot, std::int64_t chat, const Message& message);

private:
    ApiAnswer get_me(std::int64_t bot) const;
    ApiAnswer send_message(std::int64_t bot, const Parameters& parameters);
    ApiAnswer edit_reply_markup(std::int64_t bot, const Parameters& parameters);
    /// 403 for a chat that the bot may not write to.
    std::optional<ApiAnswer> unreachable(std::int64_t bot, std::int64_t chat) const;
    ApiAnswer edit_message_text(std::int64_t bot, const Parameters& parameters);
    ApiAnswer delete_message(std::int64_t bot, const Parameters& parameters);
    Message* find(std::int64_t bot, std::int64_t chat, std::int64_t message);

    const base::Clock& clock_;
    Chats chats_;
    std::set<std::pair<std::int64_t, std::int64_t>> blocked_;
};

}  // namespace trunkline::sandbox
