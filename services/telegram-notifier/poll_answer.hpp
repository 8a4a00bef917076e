#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "httpc/client.hpp"
#include "json/document.hpp"

namespace trunkline::telegram {

/// What an answer of getUpdates says to do.
struct PollAnswer {
    enum class Kind {
        updates,    ///< `updates` is an array, perhaps empty.
        retry,      ///< After a growing pause.
        wait,       ///< 429: after `retry_after`.
        too_large,  ///< Ask for fewer.
        webhook,    ///< 409: a webhook is set.
        conflict,   ///< 409: somebody else polls.
        stop,       ///< 401, 404: the token or the address is wrong.
    } kind = Kind::retry;
    json::Document document;
    std::string reason;
    std::chrono::milliseconds retry_after{0};

    /// Of kind updates.
    json::Elements updates() const;
};

/// contracts/telegram.md sections 4 and 7. Pure.
PollAnswer read_poll_answer(const httpc::Outcome& outcome);

/// A server that answers at once with nothing must not make the poller spin: how long to pause.
std::chrono::milliseconds pause_after(std::size_t updates, std::chrono::milliseconds took);

/// The header X-Telegram-Bot-Api-Secret-Token of a bot's webhook: the same in every process, from
/// what only we and Telegram know. 64 characters.
std::string webhook_secret(const std::string& bot_token, const std::string& hook_key);

}  // namespace trunkline::telegram
