#include "telegram_updates.hpp"

#include <algorithm>

#include "json/document.hpp"
#include "json/writer.hpp"

namespace trunkline::sandbox {
using namespace telegram;
namespace {

constexpr auto update_life = std::chrono::hours(24);
constexpr auto press_life = std::chrono::minutes(5);
constexpr std::size_t max_pending = 10'000;
constexpr std::size_t max_presses = 1'000;
constexpr std::int64_t max_updates = 100;
constexpr std::int64_t longest_wait = 50;
constexpr std::size_t max_secret = 256;
constexpr std::size_t max_answer = 200;

std::int64_t unix_seconds(base::WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

bool is_secret_token(const std::string& text) {
    return text.size() <= max_secret && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '_' || c == '-';
           });
}

ApiAnswer conflict(const std::string& what) { return error(409, "Conflict: " + what); }

}  // namespace

TelegramUpdates::TelegramUpdates(asio::any_io_executor executor, const base::Clock& clock)
    : executor_(executor),
      clock_(clock),
      changed_(std::move(executor)),
      // Grows over restarts, as Telegram's own ids do.
      next_update_(unix_seconds(clock.now())) {}

TelegramUpdates::Bot& TelegramUpdates::of(std::int64_t bot) {
    return bots_.try_emplace(bot, executor_).first->second;
}

void TelegramUpdates::drop_old(Bot& bot) const {
    while (!bot.pending.empty() && (bot.pending.front().at + update_life < clock_.now() ||
                                    bot.pending.size() > max_pending)) {
        bot.pending.pop_front();
    }
}

std::optional<std::int64_t> TelegramUpdates::add(
    std::int64_t id, const std::string& type, const std::string& body
) {
    auto& bot = of(id);
    if (!bot.allowed.empty() && std::ranges::find(bot.allowed, type) == bot.allowed.end()) {
        return std::nullopt;
    }
    json::Writer writer;
    const auto update = next_update_++;
    writer.begin_object().member("update_id", update).key(type).raw(body).end_object();
    bot.pending.push_back({update, clock_.now(), writer.take()});
    drop_old(bot);
    bot.news->notify();
    changed_.notify();
    return update;
}

std::string TelegramUpdates::press(std::int64_t bot, std::int64_t chat, const std::string& data) {
    Press press;
    press.id = std::to_string(bot) + std::to_string(next_press_++);
    press.bot = bot;
    press.chat = chat;
    press.data = data;
    press.at = clock_.now();
    presses_.push_back(press);
    if (presses_.size() > max_presses) {
        presses_.pop_front();
    }
    return press.id;
}

/// Remembered until changed; an empty list means all.
void TelegramUpdates::remember_allowed(Bot& bot, const Parameters& parameters) {
    const auto text = text_of(parameters, "allowed_updates");
    const auto document = text.empty()
                              ? base::Result<json::Document>(std::unexpected(base::Error{}))
                              : json::parse(text);
    if (!document || !document->root().is_array()) {
        return;
    }
    bot.allowed.clear();
    for (const auto item : document->root().elements()) {
        bot.allowed.emplace_back(item.string().value_or(""));
    }
}

std::uint64_t TelegramUpdates::begin(std::int64_t id, const Parameters& parameters) {
    auto& bot = of(id);
    if (bot.webhook.url.empty()) {
        remember_allowed(bot, parameters);
    }
    bot.news->notify();
    return ++bot.turn;
}

asio::awaitable<void> TelegramUpdates::wait(
    std::int64_t id, const Parameters& parameters, std::uint64_t turn
) {
    const auto timeout =
        std::clamp<std::int64_t>(integer_of(parameters, "timeout").value_or(0), 0, longest_wait);
    const auto offset = integer_of(parameters, "offset").value_or(0);
    const auto deadline = net::deadline_in(std::chrono::seconds(timeout));
    for (;;) {
        auto& bot = of(id);
        const bool has_news = std::ranges::any_of(bot.pending, [offset](const Pending& each) {
            return offset <= 0 || each.id >= offset;
        });
        if (has_news || bot.turn != turn || !bot.webhook.url.empty() ||
            net::time_left(deadline) <= base::Duration::zero()) {
            co_return;
        }
        co_await bot.news->wait_until(deadline);
    }
}

ApiAnswer TelegramUpdates::get(std::int64_t id, const Parameters& parameters, std::uint64_t turn) {
    auto& bot = of(id);
    if (!bot.webhook.url.empty()) {
        return conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
            "webhook first"
        );
    }
    if (bot.turn != turn) {
        return conflict(
            "terminated by other getUpdates request; make sure that only one bot instance is "
            "running"
        );
    }
    drop_old(bot);
    const auto offset = integer_of(parameters, "offset").value_or(0);
    if (offset < 0) {
        while (bot.pending.size() > static_cast<std::size_t>(-offset)) {
            bot.pending.pop_front();
        }
    }
    while (!bot.pending.empty() && offset > 0 && bot.pending.front().id < offset) {
        bot.pending.pop_front();
    }
    auto limit = integer_of(parameters, "limit").value_or(max_updates);
    if (limit < 1 || limit > max_updates) {
        limit = max_updates;
    }
    json::Writer writer;
    writer.begin_array();
    for (const auto& each : bot.pending) {
        if (limit-- == 0) {
            break;
        }
        writer.raw(each.json);
    }
    return result(writer.end_array().take());
}

ApiAnswer TelegramUpdates::set_webhook(std::int64_t id, const Parameters& parameters) {
    const auto url = text_of(parameters, "url");
    if (url.empty()) {
        return delete_webhook(id, parameters);
    }
    if (!url.starts_with("http://") && !url.starts_with("https://")) {
        return error(400, "Bad Request: bad webhook: invalid url");
    }
    const auto secret = text_of(parameters, "secret_token");
    if (!is_secret_token(secret)) {
        return error(400, "Bad Request: secret token contains unallowed characters");
    }
    const auto connections = integer_of(parameters, "max_connections").value_or(40);
    if (connections < 1 || connections > 100) {
        return error(400, "Bad Request: max_connections must be from 1 to 100");
    }
    auto& bot = of(id);
    remember_allowed(bot, parameters);
    bot.webhook = {url, secret, connections, {}, {}};
    if (flag_of(parameters, "drop_pending_updates")) {
        bot.pending.clear();
    }
    bot.news->notify();
    changed_.notify();
    return result("true");
}

ApiAnswer TelegramUpdates::delete_webhook(std::int64_t id, const Parameters& parameters) {
    auto& bot = of(id);
    bot.webhook = {};
    if (flag_of(parameters, "drop_pending_updates")) {
        bot.pending.clear();
    }
    return result("true");
}

ApiAnswer TelegramUpdates::webhook_info(std::int64_t id) {
    const auto& bot = of(id);
    json::Writer writer;
    writer.begin_object()
        .member("url", bot.webhook.url)
        .member("has_custom_certificate", false)
        .member("pending_update_count", bot.pending.size());
    if (!bot.webhook.url.empty()) {
        writer.member("max_connections", bot.webhook.max_connections);
    }
    if (!bot.allowed.empty()) {
        writer.member("allowed_updates", bot.allowed);
    }
    if (!bot.webhook.last_error.empty()) {
        writer.member("last_error_date", unix_seconds(bot.webhook.last_error_at))
            .member("last_error_message", bot.webhook.last_error);
    }
    return result(writer.end_object().take());
}

ApiAnswer TelegramUpdates::answer_press(std::int64_t bot, const Parameters& parameters) {
    const auto id = text_of(parameters, "callback_query_id");
    const auto found = std::ranges::find_if(presses_, [&](const Press& press) {
        return press.id == id && press.bot == bot;
    });
    if (found == presses_.end() || found->answered_at || found->at + press_life < clock_.now()) {
        return error(
            400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
        );
    }
    const auto text = text_of(parameters, "text");
    const auto length = std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    });
    if (static_cast<std::size_t>(length) > max_answer) {
        return error(400, "Bad Request: MESSAGE_TOO_LONG");
    }
    found->answered_at = clock_.now();
    found->answer = text;
    return result("true");
}

std::vector<std::int64_t> TelegramUpdates::to_deliver() const {
    std::vector<std::int64_t> out;
    for (const auto& [id, bot] : bots_) {
        if (!bot.webhook.url.empty() && !bot.pending.empty()) {
            out.push_back(id);
        }
    }
    return out;
}

std::optional<TelegramUpdates::Pending> TelegramUpdates::first(std::int64_t id) {
    auto& bot = of(id);
    drop_old(bot);
    return bot.pending.empty() ? std::nullopt : std::optional(bot.pending.front());
}

void TelegramUpdates::delivered(std::int64_t id, std::int64_t update) {
    std::erase_if(of(id).pending, [update](const Pending& each) { return each.id == update; });
}

void TelegramUpdates::failed(std::int64_t id, std::string error) {
    auto& webhook = of(id).webhook;
    webhook.last_error = std::move(error);
    webhook.last_error_at = clock_.now();
}

void TelegramUpdates::reset() {
    presses_.clear();
    for (auto& [id, bot] : bots_) {
        bot.pending.clear();
        bot.allowed.clear();
        bot.webhook = {};
        bot.news->notify();
    }
}

}  // namespace trunkline::sandbox
