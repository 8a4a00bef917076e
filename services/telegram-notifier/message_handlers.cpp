#include "message_handlers.hpp"

#include <algorithm>
#include <utility>

#include "card_updates.hpp"
#include "httpd/problem.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::telegram {
namespace {

constexpr auto test_patience = std::chrono::milliseconds(8'000);
constexpr std::size_t max_text = 4096;

httpd::Response answer(const base::Result<std::string>& body) {
    return body ? httpd::Response::json(*body) : httpd::to_response(body.error());
}

struct TestMessage {
    std::string enterprise;
    std::int64_t chat = 0;
    std::string text;
};

base::Result<TestMessage> test_message_of(const std::string& body) {
    const auto document = json::parse(body);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    TestMessage message;
    message.enterprise = reader.required_text("enterprise");
    message.chat = reader.required_integer("chat_id");
    message.text = reader.optional_string("text").value_or("Проверка связи / test message");
    if (message.text.empty() || message.text.size() > max_text) {
        reader.fail("text", "must have from 1 to 4096 bytes");
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return message;
}

std::optional<std::int64_t> thread_in(const tenants::Enterprise& enterprise, std::int64_t chat) {
    const auto& all = enterprise.subscribers;
    const auto found = std::ranges::find(all, chat, &tenants::Subscriber::chat_id);
    return found == all.end() ? std::nullopt : found->thread_id;
}

httpd::Response response_of(const Reaction& reaction) {
    if (reaction.kind == Reaction::Kind::wait || reaction.kind == Reaction::Kind::retry) {
        return httpd::problem(503, "", "it was not sent: " + reaction.reason);
    }
    if (reaction.kind != Reaction::Kind::done) {
        return httpd::problem(502, "", "Telegram did not take it: " + reaction.reason);
    }
    json::Writer writer;
    writer.begin_object()
        .member("status", "ok")
        .member("message_id", reaction.message_id)
        .end_object();
    return httpd::Response::json(writer.take());
}

}  // namespace

httpd::Handler get_messages(CardStore& store, tenants::Directory& directory) {
    return [&store, &directory](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto enterprise = request.query_param("enterprise");
        if (enterprise) {
            const auto known = co_await directory.find_or_load(*enterprise, request.deadline);
            if (!known) {
                co_return httpd::problem(404, "", "there is no enterprise " + *enterprise);
            }
            enterprise = known->number;
        }
        const auto body =
            co_await store.messages(std::string(request.param("unique_id")), std::move(enterprise));
        co_return answer(body);
    };
}

httpd::Handler get_stats(Stats& stats) {
    return [&stats](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        const auto body = co_await stats.json();
        co_return answer(body);
    };
}

httpd::Handler send_test_message(Courier& courier, tenants::Directory& directory) {
    return [&courier,
            &directory](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto message = test_message_of(request.body);
        if (!message) {
            co_return httpd::to_response(message.error());
        }
        const auto enterprise =
            co_await directory.find_or_load(message->enterprise, request.deadline);
        if (!enterprise || enterprise->bot_token.empty()) {
            co_return httpd::problem(
                404, "", enterprise ? "the enterprise has no bot" : "no such enterprise"
            );
        }
        BotIdentity bot{bot_id(enterprise->bot_token), enterprise->bot_token, {}};
        auto body = plain_body(message->chat, thread_in(*enterprise, message->chat), message->text);
        const auto reaction = co_await courier.deliver(
            std::move(bot), message->chat, "sendMessage", std::move(body), test_patience
        );
        co_return response_of(reaction);
    };
}

}  // namespace trunkline::telegram
