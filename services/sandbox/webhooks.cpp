#include "webhooks.hpp"

#include "net/backoff.hpp"
#include "net/sleep.hpp"

namespace trunkline::sandbox {
namespace {

constexpr auto look_around = std::chrono::milliseconds(500);
constexpr auto request_limit = std::chrono::milliseconds(10'000);
/// Telegram's own are longer; nobody wants to wait for a demo.
constexpr net::BackoffPolicy repeat_policy{
    .initial = std::chrono::milliseconds(200),
    .maximum = std::chrono::milliseconds(5'000),
    .factor = 2.0,
    .jitter = 0.2
};

}  // namespace

void Webhooks::start() { tasks_.spawn("look", run()); }

asio::awaitable<void> Webhooks::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

asio::awaitable<void> Webhooks::run() {
    for (;;) {
        for (const auto bot : state_.updates.to_deliver()) {
            if (busy_.insert(bot).second) {
                tasks_.spawn("deliver", serve(bot));
            }
        }
        co_await state_.updates.changed().wait_until(net::deadline_in(look_around));
    }
}

asio::awaitable<void> Webhooks::serve(std::int64_t bot) {
    struct Leave {
        std::set<std::int64_t>& busy;
        std::int64_t bot;
        ~Leave() { busy.erase(bot); }
    } leave{busy_, bot};
    net::Backoff pauses(repeat_policy);
    for (;;) {
        auto update = state_.updates.first(bot);
        if (!update || state_.updates.webhook_of(bot).url.empty()) {
            co_return;
        }
        const bool taken = co_await deliver(bot, std::move(*update));
        if (taken) {
            pauses.reset();
        } else {
            co_await net::sleep_for(pauses.next());
        }
    }
}

asio::awaitable<bool> Webhooks::deliver(std::int64_t bot, TelegramUpdates::Pending update) {
    const auto webhook = state_.updates.webhook_of(bot);
    httpc::Request request;
    request.method = "POST";
    request.url = webhook.url;
    request.body = update.json;
    request.headers.emplace_back("Content-Type", "application/json");
    if (!webhook.secret.empty()) {
        request.headers.emplace_back("X-Telegram-Bot-Api-Secret-Token", webhook.secret);
    }
    request.timeout = request_limit;
    request.peer = "webhook";
    const auto outcome = co_await client_.send(std::move(request));
    Record record;
    record.api = "telegram";
    record.account = std::to_string(bot);
    record.method = "webhook";
    record.parameters = {{"url", webhook.url}, {"update", update.json}};
    record.status = outcome ? outcome->status : 0;
    record.answer = outcome ? outcome->body : base::describe(outcome.error().error);
    state_.record(std::move(record));
    const bool taken = outcome && outcome->status >= 200 && outcome->status < 300;
    if (taken) {
        state_.updates.delivered(bot, update.id);
    } else {
        state_.updates.failed(
            bot,
            outcome ? "Wrong response from the webhook: " + std::to_string(outcome->status)
                    : "Connection failed"
        );
    }
    co_return taken;
}

}  // namespace trunkline::sandbox
