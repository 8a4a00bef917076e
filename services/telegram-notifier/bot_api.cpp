#include "bot_api.hpp"

#include <utility>

#include "json/writer.hpp"

namespace trunkline::telegram {
namespace {

// Longer than Telegram's slow moments, shorter than the lease of a card.
constexpr auto request_limit = std::chrono::milliseconds(10'000);
// Of getUpdates: a hundred updates with long texts.
constexpr std::size_t max_answer = std::size_t{8} << 20;

json::Writer body_of(std::int64_t chat, const BotApi::Text& text) {
    json::Writer writer;
    writer.begin_object().member("chat_id", chat).member("text", text.text);
    if (text.is_html) {
        writer.member("parse_mode", "HTML");
    }
    writer.key("link_preview_options").begin_object().member("is_disabled", true).end_object();
    if (!text.keyboard.empty()) {
        writer.key("reply_markup").raw(text.keyboard);
    }
    return writer;
}

}  // namespace

asio::awaitable<httpc::Outcome> BotApi::send_message(
    std::string token, std::int64_t chat, Text text, std::string trace_id
) {
    auto writer = body_of(chat, text);
    if (text.thread) {
        writer.member("message_thread_id", *text.thread);
    }
    auto body = writer.end_object().take();
    co_return co_await post(std::move(token), "sendMessage", std::move(body), std::move(trace_id));
}

asio::awaitable<httpc::Outcome> BotApi::edit_message_text(
    std::string token, std::int64_t chat, std::int64_t message, Text text, std::string trace_id
) {
    auto writer = body_of(chat, text);
    auto body = writer.member("message_id", message).end_object().take();
    co_return co_await post(
        std::move(token), "editMessageText", std::move(body), std::move(trace_id)
    );
}

asio::awaitable<httpc::Outcome> BotApi::call(
    std::string token, std::string method, std::string body, std::chrono::milliseconds limit
) {
    httpc::Request request;
    request.method = "POST";
    request.url = root_ + "/bot" + token + "/" + method;
    request.body = std::move(body);
    request.headers.emplace_back("Content-Type", "application/json");
    request.timeout = limit;
    request.peer = "telegram";
    request.max_response_bytes = max_answer;
    co_return co_await client_.send(std::move(request));
}

asio::awaitable<httpc::Outcome> BotApi::post(
    std::string token, std::string method, std::string body, std::string trace_id
) {
    httpc::Request request;
    request.method = "POST";
    request.url = root_ + "/bot" + token + "/" + method;
    request.body = std::move(body);
    request.headers.emplace_back("Content-Type", "application/json");
    request.timeout = request_limit;
    request.peer = "telegram";
    if (!trace_id.empty()) {
        auto trace = base::TraceContext::make();
        trace.trace_id = std::move(trace_id);
        request.trace = std::move(trace);
    }
    co_return co_await client_.send(std::move(request));
}

}  // namespace trunkline::telegram
