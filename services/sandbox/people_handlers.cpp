#include "people_handlers.hpp"

#include <chrono>

#include "httpd/problem.hpp"
#include "json/document.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::sandbox {
namespace {

struct Order {
    std::int64_t bot = 0;
    std::int64_t chat = 0;
    std::int64_t user = 0;
    std::string first_name;
    std::string language;
    std::string title;
    std::optional<std::int64_t> thread;
    std::string text;
    std::int64_t message = 0;
    std::string data;
    std::string button;
    std::string status;
};

enum class Wants { text, press, status };

base::Result<Order> order_of(const std::string& body, Wants wants) {
    const auto document = json::parse(body);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    Order order;
    order.bot = reader.required_integer("bot_id");
    order.chat = reader.required_integer("chat_id");
    const auto user = order.chat > 0 ? order.chat : std::int64_t{777};
    order.user = reader.optional_integer("user_id").value_or(user);
    order.first_name = reader.optional_string("first_name").value_or("Sandbox User");
    order.language = reader.optional_string("language_code").value_or("ru");
    order.title = reader.optional_string("title").value_or("Sandbox Group");
    order.thread = reader.optional_integer("thread_id");
    if (wants == Wants::text) {
        order.text = reader.required_string("text");
    } else if (wants == Wants::press) {
        order.message = reader.required_integer("message_id");
        order.data = reader.optional_string("data").value_or("");
        order.button = reader.optional_string("button").value_or("");
        if (order.data.empty() == order.button.empty()) {
            reader.fail("data", "either data or button is needed");
        }
    } else {
        order.status = reader.required_string("status");
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return order;
}

void write_user(json::Writer& writer, const Order& order) {
    writer.begin_object()
        .member("id", order.user)
        .member("is_bot", false)
        .member("first_name", order.first_name)
        .member("language_code", order.language)
        .end_object();
}

void write_chat(json::Writer& writer, const Order& order) {
    writer.begin_object().member("id", order.chat);
    if (order.chat > 0) {
        writer.member("type", "private").member("first_name", order.first_name);
    } else {
        writer.member("type", order.thread ? "supergroup" : "group").member("title", order.title);
    }
    writer.end_object();
}

std::int64_t now_seconds(const State& state) {
    const auto now = state.clock.now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::string message_update(const State& state, const Order& order, std::int64_t id) {
    json::Writer writer;
    writer.begin_object().member("message_id", id).key("from");
    write_user(writer, order);
    writer.key("chat");
    write_chat(writer, order);
    writer.member("date", now_seconds(state)).member("text", order.text);
    if (order.thread) {
        writer.member("message_thread_id", *order.thread).member("is_topic_message", true);
    }
    if (order.text.starts_with('/')) {
        const auto length = std::min(order.text.find_first_of(" \n"), order.text.size());
        writer.key("entities").begin_array().begin_object();
        writer.member("type", "bot_command").member("offset", 0).member("length", length);
        writer.end_object().end_array();
    }
    return writer.end_object().take();
}

/// The data of the pressed button; nothing if the message has no such button.
std::optional<std::string> pressed_data(const std::string& markup, const Order& order) {
    const auto document = json::parse(markup);
    const auto rows = document ? document->root().find("inline_keyboard") : std::nullopt;
    if (!rows) {
        return std::nullopt;
    }
    for (const auto row : rows->elements()) {
        for (const auto button : row.elements()) {
            const auto data = button.find("callback_data");
            const auto text = button.find("text");
            const bool fits = order.data.empty() ? text && text->string() == order.button
                                                 : data && data->string() == order.data;
            if (fits && data) {
                return std::string(data->string().value_or(""));
            }
        }
    }
    return std::nullopt;
}

httpd::Response told(
    std::optional<std::int64_t> update, std::string_view name, const std::string& value
) {
    json::Writer writer;
    writer.begin_object().member("status", "ok").member("update_id", update);
    if (!name.empty()) {
        writer.key(name).raw(value);
    }
    return httpd::Response::json(writer.end_object().take());
}

}  // namespace

httpd::Handler write_to_bot(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto order = order_of(request.body, Wants::text);
        if (!order) {
            co_return httpd::to_response(order.error());
        }
        const auto id = state.telegram.receive(order->bot, order->chat, order->text, order->thread);
        const auto update =
            state.updates.add(order->bot, "message", message_update(state, *order, id));
        co_return told(update, "message_id", std::to_string(id));
    };
}

httpd::Handler press_button(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto order = order_of(request.body, Wants::press);
        if (!order) {
            co_return httpd::to_response(order.error());
        }
        const auto* message = state.telegram.shown(order->bot, order->chat, order->message);
        const auto data = message != nullptr ? pressed_data(message->reply_markup, *order)
                                             : std::optional<std::string>();
        if (!data) {
            co_return httpd::problem(409, "", "the message has no such button now");
        }
        const auto id = state.updates.press(order->bot, order->chat, *data);
        json::Writer writer;
        writer.begin_object().member("id", id).key("from");
        write_user(writer, *order);
        writer.key("message")
            .raw(TelegramApi::message_json(order->bot, order->chat, *message))
            .member("chat_instance", std::to_string(order->chat))
            .member("data", *data)
            .end_object();
        const auto update = state.updates.add(order->bot, "callback_query", writer.take());
        co_return told(update, "callback_query_id", json::quote(id));
    };
}

httpd::Handler change_membership(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto order = order_of(request.body, Wants::status);
        if (!order) {
            co_return httpd::to_response(order.error());
        }
        const bool is_out = order->status == "kicked" || order->status == "left";
        state.telegram.set_reachable(order->bot, order->chat, !is_out);
        json::Writer writer;
        writer.begin_object().key("chat");
        write_chat(writer, *order);
        writer.key("from");
        write_user(writer, *order);
        writer.member("date", now_seconds(state));
        for (const auto& [name, status] :
             {std::pair("old_chat_member", is_out ? std::string("member") : std::string("kicked")),
              std::pair("new_chat_member", order->status)}) {
            writer.key(name).begin_object().member("status", status).key("user").begin_object();
            writer.member("id", order->bot).member("is_bot", true).member("first_name", "Sandbox");
            writer.end_object().end_object();
        }
        writer.end_object();
        const auto update = state.updates.add(order->bot, "my_chat_member", writer.take());
        co_return told(update, "", "");
    };
}

httpd::Handler get_presses(State& state) {
    return [&state](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        json::Writer writer;
        writer.begin_object().key("items").begin_array();
        for (const auto& press : state.updates.presses()) {
            writer.begin_object()
                .member("callback_query_id", press.id)
                .member("bot_id", press.bot)
                .member("chat_id", press.chat)
                .member("data", press.data)
                .member("at", base::format_iso8601(press.at))
                .member("answered", press.answered_at.has_value());
            if (press.answered_at) {
                writer.member("answered_at", base::format_iso8601(*press.answered_at))
                    .member("answer", press.answer);
            }
            writer.end_object();
        }
        co_return httpd::Response::json(writer.end_array().end_object().take());
    };
}

}  // namespace trunkline::sandbox
