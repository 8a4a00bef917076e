#include "message_handlers.hpp"

#include <utility>

#include "call/card.hpp"
#include "httpd/problem.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"
#include "reactions.hpp"

namespace trunkline::telegram {
namespace {

httpd::Response answer(const base::Result<std::string>& body) {
    return body ? httpd::Response::json(*body) : httpd::to_response(body.error());
}

}  // namespace

httpd::Handler get_messages(CardStore& store) {
    return [&store](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto body = co_await store.messages(
            std::string(request.param("unique_id")), request.query_param("enterprise")
        );
        co_return answer(body);
    };
}

httpd::Handler get_stats(CardStore& store) {
    return [&store](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        const auto body = co_await store.stats();
        co_return answer(body);
    };
}

httpd::Handler send_test_message(BotApi& api, tenants::Directory& directory) {
    return [&api, &directory](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        json::Reader reader(document->root());
        const auto name = reader.required_text("enterprise");
        const auto chat = reader.required_integer("chat_id");
        auto text = reader.optional_string("text").value_or("Проверка связи / test message");
        if (const auto finished = reader.finish(); !finished) {
            co_return httpd::to_response(finished.error());
        }
        const auto enterprise = co_await directory.find_or_load(name, request.deadline);
        if (!enterprise || enterprise->bot_token.empty()) {
            co_return httpd::problem(
                404, "", enterprise ? "the enterprise has no bot" : "no such enterprise"
            );
        }
        BotApi::Text message{std::move(text), false};
        const auto outcome = co_await api.send_message(
            enterprise->bot_token, chat, std::move(message), request.trace.trace_id
        );
        const auto reaction = react(outcome);
        if (reaction.kind != Reaction::Kind::done) {
            co_return httpd::problem(502, "", "Telegram did not take it: " + reaction.reason);
        }
        json::Writer writer;
        writer.begin_object()
            .member("status", "ok")
            .member("message_id", reaction.message_id)
            .end_object();
        co_return httpd::Response::json(writer.take());
    };
}

}  // namespace trunkline::telegram
