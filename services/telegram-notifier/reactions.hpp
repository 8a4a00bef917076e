#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "httpc/client.hpp"

namespace trunkline::telegram {

/// What to do after an answer of the Bot API, or after none.
struct Reaction {
    enum class Kind {
        done,             ///< The chat shows the text.
        retry,            ///< Surely not done; again after a pause.
        retry_unknown,    ///< Perhaps done; an edit is repeated, a send may double.
        wait,             ///< 429: nothing to this chat before `retry_after`.
        conflict,         ///< 409: again after a longer pause, and somebody should know.
        send_anew,        ///< The message is gone: send it as a new one.
        replace_message,  ///< It is there and cannot be edited: send anew, delete the old one.
        edit_caption,     ///< The message has a caption and no text.
        send_plain,       ///< Our HTML was refused: once as plain text.
        send_shortened,   ///< Too long: once more, cut.
        send_without_keyboard,  ///< A button was refused: once without them.
        send_without_reply,     ///< The message to reply to is gone.
        chat_moved,             ///< The group has a new id: `new_chat`.
        chat_unknown,           ///< No such chat: gone at the second such answer.
        drop_chat,              ///< This chat takes nothing more: `reason`.
        stop_bot,               ///< The token is wrong: nothing by this bot for a while, alarm.
        give_up,                ///< A defect of ours: never again for this text.
    } kind = Kind::done;
    std::string reason;
    std::optional<std::int64_t> message_id;
    std::chrono::milliseconds retry_after{0};
    std::int64_t new_chat = 0;
};

/// The table of contracts/telegram.md section 7, for messages. Pure.
Reaction react(const httpc::Outcome& outcome);

}  // namespace trunkline::telegram
