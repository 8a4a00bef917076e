#include "bot_api.hpp"

#include <string_view>
#include <utility>

#include "json/writer.hpp"

namespace trunkline::telegram {
namespace {

// Of getUpdates: a hundred updates with long texts.
constexpr std::size_t max_answer = std::size_t{8} << 20;

json::Writer body_of(std::int64_t chat, const BotApi::Text& text, std::string_view member) {
    json::Writer writer;
    writer.begin_object().member("chat_id", chat).member(member, text.text);
    if (text.is_html) {
        writer.member("parse_mode", "HTML");
    }
    if (member == "text") {
        writer.key("link_preview_options").begin_object().member("is_disabled", true).end_object();
    }
    if (text.reply_to) {
        writer.key("reply_parameters")
            .begin_object()
            .member("message_id", *text.reply_to)
            .member("allow_sending_without_reply", true)
            .end_object();
    }
    if (!text.keyboard.empty()) {
        writer.key("reply_markup").raw(text.keyboard);
    }
    return writer;
}

}  // namespace

asio::awaitable<httpc::Outcome> BotApi::send_message(
    std::string token, std::int64_t chat, Text text, std::string trace_id
) {
    auto writer = body_of(chat, text, "text");
    if (text.thread) {
        writer.member("message_thread_id", *text.thread);
    }
    auto body = writer.end_object().take();
    co_return co_await post(std::move(token), "sendMessage", std::move(body), std::move(trace_id));
}

asio::awaitable<httpc::Outcome> BotApi::edit_message_text(
    std::string token, std::int64_t chat, std::int64_t message, Text text, std::string trace_id
) {
    auto writer = body_of(chat, text, "text");
    auto body = writer.member("message_id", message).end_object().take();
    co_return co_await post(
        std::move(token), "editMessageText", std::move(body), std::move(trace_id)
    );
}

asio::awaitable<httpc::Outcome> BotApi::edit_message_caption(
    std::string token, std::int64_t chat, std::int64_t message, Text text, std::string trace_id
) {
    auto writer = body_of(chat, text, "caption");
    auto body = writer.member("message_id", message).end_object().take();
    co_return co_await post(
        std::move(token), "editMessageCaption", std::move(body), std::move(trace_id)
    );
}

asio::awaitable<httpc::Outcome> BotApi::delete_message(
    std::string token, std::int64_t chat, std::int64_t message, std::string trace_id
) {
    json::Writer writer;
    writer.begin_object().member("chat_id", chat).member("message_id", message);
    auto body = writer.end_object().take();
    co_return co_await post(
        std::move(token), "deleteMessage", std::move(body), std::move(trace_id)
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
    request.timeout = timeout_;
    request.peer = "telegram";
    if (!trace_id.empty()) {
        auto trace = base::TraceContext::make();
        trace.trace_id = std::move(trace_id);
        request.trace = std::move(trace);
    }
    co_return co_await client_.send(std::move(request));
}

}  // namespace trunkline::telegram
