#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "form.hpp"
#include "net/event.hpp"
#include "telegram_answer.hpp"

namespace trunkline::sandbox {

/// What people do, as each bot learns of it: updates that wait for getUpdates or for a webhook, and
/// the presses of buttons that wait for an answer (contracts/telegram.md section 4). One executor.
class TelegramUpdates {
public:
    TelegramUpdates(asio::any_io_executor executor, const base::Clock& clock);

    struct Webhook {
        std::string url;  ///< Empty: none.
        std::string secret;
        std::int64_t max_connections = 40;
        std::string last_error;
        base::WallTime last_error_at;
    };
    struct Press {
        std::string id;
        std::int64_t bot = 0;
        std::int64_t chat = 0;
        std::string data;
        base::WallTime at;
        std::optional<base::WallTime> answered_at;
        std::string answer;
    };
    struct Pending {
        std::int64_t id = 0;
        base::WallTime at;
        std::string json;  ///< The whole Update.
    };

    /// A new update of the bot; `type` is its member (`message`), `body` that member's JSON.
    /// Nothing if the bot did not ask for such.
    std::optional<std::int64_t> add(
        std::int64_t bot, const std::string& type, const std::string& body
    );
    /// Registers a press; its id for the callback_query.
    std::string press(std::int64_t bot, std::int64_t chat, const std::string& data);

    /// getUpdates without its wait: confirms by offset and gives what there is.
    ApiAnswer get(std::int64_t bot, const Parameters& parameters, std::uint64_t turn);
    /// Begins a getUpdates: an older one of the same bot ends with 409. The number is get()'s turn.
    std::uint64_t begin(std::int64_t bot, const Parameters& parameters);
    /// Returns when get() has something to say, at the latest after the request's timeout.
    asio::awaitable<void> wait(std::int64_t bot, const Parameters& parameters, std::uint64_t turn);

    ApiAnswer set_webhook(std::int64_t bot, const Parameters& parameters);
    ApiAnswer delete_webhook(std::int64_t bot, const Parameters& parameters);
    ApiAnswer webhook_info(std::int64_t bot);
    ApiAnswer answer_press(std::int64_t bot, const Parameters& parameters);

    const std::deque<Press>& presses() const { return presses_; }
    /// Bots with a webhook and something to tell it.
    std::vector<std::int64_t> to_deliver() const;
    const Webhook& webhook_of(std::int64_t bot) { return of(bot).webhook; }
    std::optional<Pending> first(std::int64_t bot);
    void delivered(std::int64_t bot, std::int64_t update);
    void failed(std::int64_t bot, std::string error);
    /// Notified when an update or a webhook is new.
    net::Event& changed() { return changed_; }

    void reset();

private:
    struct Bot {
        explicit Bot(asio::any_io_executor executor)
            : news(std::make_unique<net::Event>(std::move(executor))) {}
        std::deque<Pending> pending;
        std::vector<std::string> allowed;
        Webhook webhook;
        std::uint64_t turn = 0;
        std::unique_ptr<net::Event> news;
    };
    Bot& of(std::int64_t bot);
    void remember_allowed(Bot& bot, const Parameters& parameters);
    void drop_old(Bot& bot) const;

    asio::any_io_executor executor_;
    const base::Clock& clock_;
    net::Event changed_;
    std::map<std::int64_t, Bot> bots_;
    std::deque<Press> presses_;  ///< The last 1000.
    std::int64_t next_update_;
    std::uint64_t next_press_ = 1;
};

}  // namespace trunkline::sandbox
