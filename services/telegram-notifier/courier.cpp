#include "courier.hpp"

#include <algorithm>
#include <utility>

#include "json/writer.hpp"
#include "net/sleep.hpp"

namespace trunkline::telegram {
namespace {

constexpr auto request_limit = std::chrono::milliseconds(10'000);
constexpr auto answer_limit = std::chrono::milliseconds(5'000);
constexpr auto retry_pause = std::chrono::milliseconds(1'000);

json::Writer begin(std::int64_t chat, std::string_view text) {
    json::Writer writer;
    writer.begin_object().member("chat_id", chat).member("text", text);
    writer.key("link_preview_options").begin_object().member("is_disabled", true).end_object();
    return writer;
}

std::string finish(json::Writer writer, std::string_view keyboard) {
    if (!keyboard.empty()) {
        writer.key("reply_markup").raw(keyboard);
    }
    return writer.end_object().take();
}

}  // namespace

std::string message_body(
    std::int64_t chat,
    std::optional<std::int64_t> thread,
    std::string_view html,
    std::string_view keyboard
) {
    auto writer = begin(chat, html);
    writer.member("parse_mode", "HTML");
    if (thread) {
        writer.member("message_thread_id", *thread);
    }
    return finish(std::move(writer), keyboard);
}

std::string edit_body(
    std::int64_t chat, std::int64_t message, std::string_view html, std::string_view keyboard
) {
    auto writer = begin(chat, html);
    writer.member("parse_mode", "HTML").member("message_id", message);
    return finish(std::move(writer), keyboard);
}

std::string plain_body(
    std::int64_t chat, std::optional<std::int64_t> thread, std::string_view text
) {
    auto writer = begin(chat, text);
    if (thread) {
        writer.member("message_thread_id", *thread);
    }
    return finish(std::move(writer), {});
}

asio::awaitable<Reaction> Courier::deliver(
    BotIdentity bot,
    std::int64_t chat,
    std::string method,
    std::string body,
    std::chrono::milliseconds patience
) {
    const auto deadline = net::deadline_in(patience);
    Reaction last;
    last.kind = Reaction::Kind::retry;
    last.reason = "no turn came in time";
    for (;;) {
        auto pause = turns_.take(bot.id, chat);
        if (pause <= base::Duration::zero()) {
            struct Done {
                const Turns& turns;
                std::int64_t bot;
                std::int64_t chat;
                ~Done() { turns.done(bot, chat); }
            };
            auto turn = std::make_optional<Done>(turns_, bot.id, chat);
            const auto outcome = co_await api_.call(bot.token, method, body, request_limit);
            turn.reset();
            figures_.note(bot.id, method, outcome);
            last = react(outcome);
            if (last.kind == Reaction::Kind::wait) {
                turns_.block(bot.id, chat, last.retry_after);
                pause = last.retry_after;
            } else if (last.kind == Reaction::Kind::retry) {
                pause = retry_pause;
            } else {
                co_return last;
            }
        }
        if (net::time_left(deadline) <= pause) {
            co_return last;
        }
        co_await net::sleep_for(pause);
    }
}

asio::awaitable<void> Courier::answer(BotIdentity bot, std::string callback_id, std::string text) {
    json::Writer writer;
    writer.begin_object().member("callback_query_id", callback_id);
    if (!text.empty()) {
        writer.member("text", text);
    }
    auto body = writer.end_object().take();
    const auto outcome =
        co_await api_.call(bot.token, "answerCallbackQuery", std::move(body), answer_limit);
    figures_.note(bot.id, "answerCallbackQuery", outcome);
}

}  // namespace trunkline::telegram
