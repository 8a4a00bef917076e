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
        done,                ///< The chat shows the text.
        retry,               ///< Surely not done; again after a pause.
        retry_unknown,       ///< Perhaps done; an edit is repeated, a send may double.
        wait,                ///< 429: nothing to this chat before `retry_after`.
        send_anew,           ///< The message is gone: send it as a new one.
        send_plain,          ///< Our HTML was refused: once as plain text.
        send_bare,           ///< Our buttons were refused: again without them.
        send_without_reply,  ///< The message to reply to is gone.
        chat_moved,          ///< The group has a new id: `new_chat`.
        drop_chat,           ///< This chat takes nothing more: `reason`.
        stop_bot,            ///< The token is wrong: nothing by this bot for a while, alarm.
        give_up,             ///< A defect of ours: never again for this text.
    } kind = Kind::done;
    std::string reason;
    std::optional<std::int64_t> message_id;
    std::chrono::milliseconds retry_after{0};
    std::int64_t new_chat = 0;
};

/// The table of contracts/telegram.md section 7, for sendMessage and editMessageText. Pure.
Reaction react(const httpc::Outcome& outcome);

}  // namespace trunkline::telegram
