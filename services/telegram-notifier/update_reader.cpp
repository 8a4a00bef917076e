#include "update_reader.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "card_updates.hpp"
#include "json/writer.hpp"
#include "net/sleep.hpp"

namespace trunkline::telegram {
namespace {

constexpr auto poll_timeout = std::chrono::seconds(30);  ///< Telegram honours up to 50.
constexpr auto request_slack = std::chrono::seconds(15);
constexpr auto short_request = std::chrono::milliseconds(10'000);
constexpr auto stopped_pause = std::chrono::minutes(5);
constexpr auto webhook_check = std::chrono::minutes(10);
constexpr auto failed_update_pause = std::chrono::milliseconds(1'000);
constexpr auto offset_memory = std::chrono::hours(24);
constexpr int usual_limit = 100;
constexpr net::BackoffPolicy failure_policy{
    .initial = std::chrono::milliseconds(1'000),
    .maximum = std::chrono::milliseconds(30'000),
    .factor = 2.0,
    .jitter = 0.3
};
constexpr net::BackoffPolicy conflict_policy{
    .initial = std::chrono::milliseconds(7'000),
    .maximum = std::chrono::milliseconds(30'000),
    .factor = 2.0,
    .jitter = 0.28  // Never under five seconds.
};

void write_allowed_updates(json::Writer& writer) {
    writer.key("allowed_updates").begin_array();
    for (const auto* kind : {"message", "callback_query", "my_chat_member"}) {
        writer.value(kind);
    }
    writer.end_array();
}

std::string poll_body(std::int64_t offset, int limit) {
    json::Writer writer;
    writer.begin_object().member("timeout", poll_timeout.count()).member("limit", limit);
    if (offset > 0) {
        writer.member("offset", offset);
    }
    write_allowed_updates(writer);
    return writer.end_object().take();
}

std::optional<std::string> text_in_result(const httpc::Outcome& outcome, std::string_view member) {
    const auto document = outcome ? json::parse(outcome->body) : base::Result<json::Document>();
    const auto result = document ? document->root().find("result") : std::nullopt;
    const auto found = result ? result->find(member) : std::nullopt;
    const auto text = found ? found->string() : std::nullopt;
    return text ? std::optional(std::string(*text)) : std::nullopt;
}

std::chrono::milliseconds in_ms(base::Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

}  // namespace

asio::awaitable<void> UpdateReader::serve(
    BotIdentity bot, WantedBot as_wanted, base::Duration delay
) {
    co_await net::sleep_for(delay);
    if (settings_.mode == UpdateMode::webhook) {
        bot.username = co_await learn_username(bot);
        co_await keep_webhook(std::move(bot), std::move(as_wanted));
        co_return;
    }
    net::Backoff pauses(failure_policy);
    for (;;) {
        auto start = co_await store_.begin(bot.id);
        if (start) {
            usernames_[bot.id] = start->username;
            bot.username = co_await learn_username(bot);
            co_await poll(std::move(bot), std::move(*start));
            co_return;
        }
        const auto pause = pauses.next();
        co_await net::sleep_for(pause);
    }
}

asio::awaitable<std::string> UpdateReader::learn_username(BotIdentity bot) {
    auto& known = usernames_[bot.id];
    if (!known.empty()) {
        co_return known;
    }
    const auto outcome = co_await api_.call(bot.token, "getMe", "{}", short_request);
    auto username = text_in_result(outcome, "username").value_or("");
    if (!username.empty()) {
        usernames_[bot.id] = username;
        const auto kept = co_await store_.keep_username(bot.id, username);
        if (!kept) {
            logger_.debug("a bot's name could not be kept: {}", base::describe(kept.error()));
        }
    }
    co_return username;
}

asio::awaitable<void> UpdateReader::poll(BotIdentity bot, PollerStore::Start start) {
    net::Backoff failures(failure_policy);
    net::Backoff conflicts(conflict_policy);
    auto offset = start.offset;
    int limit = usual_limit;
    auto last_update = std::chrono::steady_clock::now();
    for (;;) {
        const auto begun = std::chrono::steady_clock::now();
        if (begun - last_update > offset_memory) {
            offset = 0;
        }
        const auto outcome = co_await api_.call(
            bot.token, "getUpdates", poll_body(offset, limit), in_ms(poll_timeout + request_slack)
        );
        const auto answer = read_poll_answer(outcome);
        if (answer.kind == PollAnswer::Kind::too_large) {
            limit = 1;
            co_await net::sleep_for(failed_update_pause);
            continue;
        }
        if (answer.kind != PollAnswer::Kind::updates) {
            co_await after_failure(bot, answer, failures, conflicts);
            continue;
        }
        failures.reset();
        conflicts.reset();
        limit = usual_limit;
        const auto before = offset;
        const bool whole = co_await hand_over(bot, answer, offset);
        const auto now = std::chrono::steady_clock::now();
        if (offset != before) {
            last_update = now;
            const auto kept = co_await store_.keep(bot.id, start.epoch, offset);
            if (!kept && kept.error().code == base::Errc::conflict) {
                logger_.warning("bot {}: {}", bot.id, kept.error().detail);
                co_return;
            }
        }
        const auto pause =
            whole ? pause_after(answer.document.root().find("result")->size(), in_ms(now - begun))
                  : in_ms(failed_update_pause);
        if (pause.count() > 0) {
            co_await net::sleep_for(pause);
        }
    }
}

/// Moves `offset` behind each update that was acted on. False: the rest has to come again.
asio::awaitable<bool> UpdateReader::hand_over(
    const BotIdentity& bot, const PollAnswer& answer, std::int64_t& offset
) {
    for (const auto view : answer.updates()) {
        auto update = parse_update(view);
        if (!update) {
            logger_.error("bot {}: an update cannot be read: {}", bot.id, update.error().detail);
            continue;
        }
        const auto id = update->id;
        const auto taken = co_await handler_.take(bot, std::move(*update));
        if (!taken && taken.error().code != base::Errc::invalid_input) {
            logger_.warning(
                "bot {}: update {} has to wait: {}", bot.id, id, base::describe(taken.error())
            );
            co_return false;
        }
        if (!taken) {
            // The database refuses what is in it; it would for ever.
            logger_.error("bot {}: update {}: {}", bot.id, id, base::describe(taken.error()));
        }
        offset = id + 1;
    }
    co_return true;
}

asio::awaitable<void> UpdateReader::after_failure(
    const BotIdentity& bot,
    const PollAnswer& answer,
    net::Backoff& failures,
    net::Backoff& conflicts
) {
    using Kind = PollAnswer::Kind;
    base::Duration pause{};
    switch (answer.kind) {
        case Kind::wait:
            pause = answer.retry_after;
            break;
        case Kind::webhook:
        case Kind::conflict:
            figures_.note_conflict(bot.id);
            pause = conflicts.next();
            logger_.error(
                "bot {}: somebody else gets its updates, next try in {} ms: {}",
                bot.id,
                in_ms(pause).count(),
                answer.reason
            );
            if (answer.kind == Kind::webhook) {
                const bool is_gone = co_await drop_own_webhook(bot);
                pause = is_gone ? failed_update_pause : pause;
            }
            break;
        case Kind::stop:
            logger_.critical("the bot {} is refused: {}", bot.id, answer.reason);
            pause = stopped_pause;
            break;
        default:
            pause = failures.next();
            logger_.debug("bot {}: no updates: {}", bot.id, answer.reason);
    }
    co_await net::sleep_for(pause);
}

/// A webhook that we have set ourselves, before TELEGRAM_UPDATES was changed, is taken back; one of
/// somebody else is left alone.
asio::awaitable<bool> UpdateReader::drop_own_webhook(BotIdentity bot) {
    const auto info = co_await api_.call(bot.token, "getWebhookInfo", "{}", short_request);
    const auto url = text_in_result(info, "url").value_or("");
    const auto all = directory_.all();
    const bool is_ours = std::ranges::any_of(all, [&](const auto& enterprise) {
        return bot_id(enterprise->bot_token) == bot.id &&
               url.ends_with("/telegram/hooks/" + enterprise->hook_key);
    });
    if (!is_ours) {
        logger_.error("bot {} has a webhook that is not ours", bot.id);
        co_return false;
    }
    const auto dropped = co_await api_.call(bot.token, "deleteWebhook", "{}", short_request);
    logger_.info("bot {}: our webhook is taken back: {}", bot.id, dropped ? dropped->status : 0);
    co_return dropped && dropped->status == 200;
}

asio::awaitable<void> UpdateReader::keep_webhook(BotIdentity bot, WantedBot as_wanted) {
    const auto url = hook_url(as_wanted.hook_key);
    const auto secret = webhook_secret(bot.token, as_wanted.hook_key);
    net::Backoff failures(failure_policy);
    bool is_set = false;
    for (;;) {
        if (!is_set) {
            is_set = co_await set_webhook(bot, url, secret);
        }
        const auto pause = is_set ? base::Duration(webhook_check) : base::Duration(failures.next());
        co_await net::sleep_for(pause);
        if (is_set) {
            failures.reset();
            const auto info = co_await api_.call(bot.token, "getWebhookInfo", "{}", short_request);
            const auto there = text_in_result(info, "url");
            is_set = !there || *there == url;
            if (const auto error = text_in_result(info, "last_error_message")) {
                logger_.warning("bot {}: Telegram does not reach our webhook: {}", bot.id, *error);
            }
        }
    }
}

asio::awaitable<bool> UpdateReader::set_webhook(
    BotIdentity bot, std::string url, std::string secret
) {
    json::Writer writer;
    writer.begin_object()
        .member("url", url)
        .member("secret_token", secret)
        .member("max_connections", 10);
    write_allowed_updates(writer);
    auto body = writer.end_object().take();
    const auto outcome =
        co_await api_.call(bot.token, "setWebhook", std::move(body), short_request);
    figures_.note(bot.id, "setWebhook", outcome);
    const auto reaction = react(outcome);
    if (reaction.kind != Reaction::Kind::done) {
        logger_.error("bot {}: the webhook cannot be set: {}", bot.id, reaction.reason);
        co_return false;
    }
    logger_.info("bot {}: Telegram sends its updates to our webhook", bot.id);
    co_return true;
}

}  // namespace trunkline::telegram
