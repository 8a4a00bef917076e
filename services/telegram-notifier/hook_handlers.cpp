#include "hook_handlers.hpp"

#include "crypto/digest.hpp"
#include "httpd/problem.hpp"
#include "poll_answer.hpp"

namespace trunkline::telegram {
namespace {

constexpr json::Limits update_limits{.max_bytes = std::size_t{256} * 1024, .max_depth = 64};

}  // namespace

httpd::Handler take_update(Bots& bots, UpdateHandler& handler) {
    return [&bots, &handler](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const std::string key(request.param("key"));
        auto bot = bots.by_hook_key(key);
        if (!bot) {
            co_return httpd::problem(404, "", "there is no such webhook");
        }
        const auto secret = request.header("X-Telegram-Bot-Api-Secret-Token");
        if (secret.empty()) {
            co_return httpd::problem(401, "", "X-Telegram-Bot-Api-Secret-Token is missing");
        }
        if (!crypto::equal_constant_time(secret, webhook_secret(bot->token, key))) {
            co_return httpd::problem(403, "", "X-Telegram-Bot-Api-Secret-Token is wrong");
        }
        const auto document = json::parse(request.body, update_limits);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        auto update = parse_update(document->root());
        if (!update) {
            co_return httpd::to_response(update.error());
        }
        if (!update->chat.is_private) {
            bot = co_await bots.with_username(std::move(*bot));
        }
        const auto taken = co_await handler.take(std::move(*bot), std::move(*update));
        if (!taken) {
            co_return httpd::to_response(taken.error());
        }
        co_return httpd::Response::json(R"({"status":"ok"})");
    };
}

}  // namespace trunkline::telegram
