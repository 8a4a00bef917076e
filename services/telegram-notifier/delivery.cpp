#include "delivery.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "call/card.hpp"
#include "card_updates.hpp"
#include "digest_texts.hpp"
#include "net/backoff.hpp"
#include "net/sleep.hpp"
#include "pg/group_commit.hpp"

namespace trunkline::telegram {
namespace {

using namespace std::chrono_literals;
using Kind = Reaction::Kind;

constexpr std::size_t kept_answer = 500;
constexpr std::size_t longest_message = 4096;
constexpr std::chrono::milliseconds stopped_bot_pause = 5min;
constexpr std::chrono::milliseconds until_second_look = 5s;
constexpr std::chrono::milliseconds digest_gathers = 5s;
constexpr auto pause_of_keeping = 200ms;
constexpr net::BackoffPolicy retry_policy{
    .initial = 1000ms, .maximum = 30'000ms, .factor = 2.0, .jitter = 0.3
};
constexpr net::BackoffPolicy conflict_policy{
    .initial = 7000ms, .maximum = 30'000ms, .factor = 2.0, .jitter = 0.28
};
/// On top of what Telegram asks for: its clock is not ours.
constexpr net::BackoffPolicy flood_margin{
    .initial = 300ms, .maximum = 300ms, .factor = 1.0, .jitter = 0.7
};

std::string outcome_of(Kind kind) {
    switch (kind) {
        case Kind::done:
            return "done";
        case Kind::retry:
        case Kind::conflict:
            return "retry";
        case Kind::retry_unknown:
            return "unknown";
        case Kind::wait:
            return "flood";
        default:
            return "refused";
    }
}

base::SteadyTime after(std::chrono::milliseconds pause) {
    return std::chrono::steady_clock::now() + pause;
}

}  // namespace

struct Delivery::State {
    State(
        const asio::any_io_executor& executor,
        CardStore& store_in,
        BotApi& api_in,
        tenants::Directory& directory_in,
        Pacing& pacing_in,
        BotFigures& figures_in,
        metrics::Registry& registry_in
    )
        : store(store_in),
          api(api_in),
          directory(directory_in),
          pacing(pacing_in),
          figures(figures_in),
          registry(registry_in),
          finished(
              executor,
              {},
              [this](std::span<const CardStore::Done> done) { return store.done(done); }
          ),
          possible_doubles(registry_in.counter(
              "telegram_possible_doubles_total",
              "Messages sent again because an earlier one's outcome stayed unknown",
              {}
          )) {}

    asio::awaitable<httpc::Outcome> post(const BegunCard& card, const Manner& manner);
    BotApi::Text text_of(const BegunCard& card, const Manner& manner) const;
    std::optional<std::int64_t> thread_of(const CardKey& key) const;
    void measure(const Task& task, const httpc::Outcome& outcome);
    void log(const BegunCard& card, const RequestEnd& end);

    asio::awaitable<Ending> obey(Task task, Answer answer);
    asio::awaitable<Ending> keep_done(Task task, RequestEnd end);
    asio::awaitable<Ending> keep_later(
        Task task, Answer answer, std::chrono::milliseconds pause, bool is_unknown
    );
    asio::awaitable<Ending> keep_in_manner(Task task, Answer answer, Manner manner);
    asio::awaitable<Ending> keep_flood(Task task, Answer answer);
    asio::awaitable<Ending> keep_stopped(Task task, Answer answer);
    asio::awaitable<Ending> keep_unknown_chat(Task task, Answer answer);
    asio::awaitable<Ending> keep_dropped(Task task, Answer answer);
    asio::awaitable<Ending> keep_moved(Task task, Answer answer);
    asio::awaitable<Ending> keep_new_message(Task task, Answer answer, bool delete_old);
    asio::awaitable<Ending> keep_given_up(Task task, Answer answer);
    asio::awaitable<Ending> keep_digest(Task task);

    /// Repeats until the database takes it.
    template <class Change>
    asio::awaitable<void> insist(const BegunCard& card, Change change) {
        for (;;) {
            const auto kept = co_await change();
            if (kept || !is_away(kept.error())) {
                note(card, kept);
                co_return;
            }
            co_await net::sleep_for(pause_of_keeping);
        }
    }
    static bool is_away(const base::Error& error) {
        return error.code == base::Errc::unavailable || error.code == base::Errc::timeout;
    }
    void note(const BegunCard& card, const base::Result<>& kept) const;

    CardStore& store;
    BotApi& api;
    tenants::Directory& directory;
    Pacing& pacing;
    BotFigures& figures;
    metrics::Registry& registry;
    base::Logger logger{"telegram"};
    pg::GroupCommit<CardStore::Done, CardStore::Kept> finished;
    metrics::Counter& possible_doubles;
    /// Bots that Telegram refuses, with the enterprise and the token that it refused.
    std::map<std::int64_t, std::pair<std::string, std::string>> stopped;
    /// Chats that were not found once.
    std::set<std::pair<std::string, std::int64_t>> doubtful;
};

Delivery::Delivery(
    asio::any_io_executor executor,
    CardStore& store,
    BotApi& api,
    tenants::Directory& directory,
    Pacing& pacing,
    BotFigures& figures,
    metrics::Registry& registry
)
    : state_(std::make_unique<State>(
          std::move(executor), store, api, directory, pacing, figures, registry
      )) {}

Delivery::~Delivery() = default;

asio::awaitable<void> Delivery::drain(net::Deadline deadline) {
    co_await state_->finished.drain(deadline);
}

asio::awaitable<Delivery::Answer> Delivery::ask(Task task) {
    auto& state = *state_;
    const auto& card = task.card;
    const bool is_send = card.action == CardAction::send || card.action == CardAction::comment;
    Answer answer;
    answer.end.sent_at = base::system_clock().now();
    const auto begun = std::chrono::steady_clock::now();
    const auto outcome = co_await state.post(card, task.due.manner);
    answer.end.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                 std::chrono::steady_clock::now() - begun
    )
                                 .count();
    answer.reaction = react(outcome);
    if (is_send && answer.reaction.kind == Kind::done && !answer.reaction.message_id) {
        answer.reaction.kind = Kind::retry_unknown;
        answer.reaction.reason = "Telegram told no message_id";
    }
    answer.end.outcome = outcome_of(answer.reaction.kind);
    const bool was_sent =
        answer.reaction.kind == Kind::done || answer.reaction.kind == Kind::retry_unknown;
    if (is_send && was_sent && card.unknown_sends > 0) {
        state.possible_doubles.add();
        state.logger.with_trace(card.trace_id)
            .warning(
                "{}: the outcome of an earlier send to {} is unknown, this one may double it",
                card.unique_id,
                card.key.chat
            );
    }
    answer.end.message_id = answer.reaction.message_id;
    auto text =
        outcome ? outcome->body.substr(0, kept_answer) : base::describe(outcome.error().error);
    std::erase(text, '\0');
    answer.end.answer = base::replace_invalid_utf8(text);
    if (outcome) {
        answer.end.status = static_cast<int>(outcome->status);
    }
    state.measure(task, outcome);
    state.log(card, answer.end);
    co_return answer;
}

/// The topic of a group that its messages go to.
std::optional<std::int64_t> Delivery::State::thread_of(const CardKey& key) const {
    const auto enterprise = directory.by_number(key.enterprise);
    if (!enterprise) {
        return std::nullopt;
    }
    const auto& all = enterprise->subscribers;
    const auto found = std::ranges::find(all, key.chat, &tenants::Subscriber::chat_id);
    return found == all.end() ? std::nullopt : found->thread_id;
}

BotApi::Text Delivery::State::text_of(const BegunCard& card, const Manner& manner) const {
    BotApi::Text text;
    text.is_html = !manner.plain && !manner.shortened;
    text.text = text.is_html ? card.text : call::plain_text(card.text);
    if (manner.shortened) {
        text.text = call::shorten(text.text, longest_message);
    }
    if (!manner.no_reply) {
        text.reply_to = card.reply_to;
    }
    if (!manner.no_keyboard && card.action != CardAction::comment) {
        text.keyboard = card.keyboard;
    }
    text.thread = thread_of(card.key);
    return text;
}

asio::awaitable<httpc::Outcome> Delivery::State::post(const BegunCard& card, const Manner& manner) {
    const auto enterprise = directory.by_number(card.key.enterprise);
    if (!enterprise || bot_id(enterprise->bot_token) != card.bot) {
        co_return std::unexpected(httpc::Failure{
            .error =
                {.code = base::Errc::forbidden,
                 .detail = "the enterprise has another bot now",
                 .fields = {},
                 .native = {}},
            .request_sent = false
        });
    }
    const auto& token = enterprise->bot_token;
    auto text = text_of(card, manner);
    if (card.action == CardAction::remove) {
        co_return co_await api.delete_message(
            token, card.key.chat, card.old_message_id.value_or(0), card.trace_id
        );
    }
    if (card.action != CardAction::edit) {
        co_return co_await api.send_message(token, card.key.chat, std::move(text), card.trace_id);
    }
    text.reply_to.reset();
    const auto message = card.message_id.value_or(0);
    if (manner.caption) {
        co_return co_await api.edit_message_caption(
            token, card.key.chat, message, std::move(text), card.trace_id
        );
    }
    co_return co_await api.edit_message_text(
        token, card.key.chat, message, std::move(text), card.trace_id
    );
}

void Delivery::State::measure(const Task& task, const httpc::Outcome& outcome) {
    figures.note(task.card.bot, method_of(task.card.action), outcome);
    registry
        .counter(
            "telegram_requests_total",
            "Requests to the Bot API",
            {{"method", std::string(method_of(task.card.action))},
             {"outcome", outcome ? std::to_string(outcome->status) : "none"}}
        )
        .add();
}

void Delivery::State::log(const BegunCard& card, const RequestEnd& end) {
    logger.with_trace(card.trace_id)
        .info(
            "{} {} {} -> {} in {} ms",
            card.key.enterprise,
            card.unique_id,
            method_of(card.action),
            end.status ? std::to_string(*end.status) : "no answer",
            end.duration_ms
        );
}

asio::awaitable<Delivery::Ending> Delivery::keep(Task task, Answer answer) {
    return state_->obey(std::move(task), std::move(answer));
}

asio::awaitable<Delivery::Ending> Delivery::keep(Task task) {
    auto& state = *state_;
    const auto& card = task.card;
    if (card.action == CardAction::digest) {
        co_return co_await state.keep_digest(std::move(task));
    }
    if (card.action == CardAction::expire) {
        co_await state.insist(card, [&] {
            return state.store.bury(card, RequestEnd(), "not delivered within two days");
        });
    }
    co_return Ending{};
}

asio::awaitable<Delivery::Ending> Delivery::State::obey(Task task, Answer answer) {
    const auto manner = task.due.manner;
    auto changed = manner;
    switch (answer.reaction.kind) {
        case Kind::done:
            co_return co_await keep_done(std::move(task), std::move(answer.end));
        case Kind::retry:
            co_return co_await keep_later(
                task,
                std::move(answer),
                net::backoff_pause(retry_policy, static_cast<unsigned>(task.card.attempts)),
                false
            );
        case Kind::conflict:
            logger.error("bot {}: {}", task.card.bot, answer.reaction.reason);
            co_return co_await keep_later(
                task,
                std::move(answer),
                net::backoff_pause(conflict_policy, static_cast<unsigned>(task.card.attempts)),
                false
            );
        case Kind::retry_unknown:
            co_return co_await keep_later(
                task,
                std::move(answer),
                net::backoff_pause(retry_policy, static_cast<unsigned>(task.card.attempts)),
                task.card.action == CardAction::send || task.card.action == CardAction::comment
            );
        case Kind::wait:
            co_return co_await keep_flood(std::move(task), std::move(answer));
        case Kind::send_anew:
            co_return co_await keep_new_message(std::move(task), std::move(answer), false);
        case Kind::replace_message:
            co_return co_await keep_new_message(std::move(task), std::move(answer), true);
        case Kind::edit_caption:
            changed.caption = true;
            break;
        case Kind::send_plain:
            logger.with_trace(task.card.trace_id)
                .error("{}: our HTML was refused: {}", task.card.unique_id, answer.reaction.reason);
            changed.plain = true;
            break;
        case Kind::send_shortened:
            changed.shortened = true;
            break;
        case Kind::send_without_keyboard:
            logger.with_trace(task.card.trace_id)
                .warning(
                    "{}: the buttons were refused: {}", task.card.unique_id, answer.reaction.reason
                );
            changed.no_keyboard = true;
            break;
        case Kind::send_without_reply:
            changed.no_reply = true;
            break;
        case Kind::chat_moved:
            co_return co_await keep_moved(std::move(task), std::move(answer));
        case Kind::chat_unknown:
            co_return co_await keep_unknown_chat(std::move(task), std::move(answer));
        case Kind::drop_chat:
            co_return co_await keep_dropped(std::move(task), std::move(answer));
        case Kind::stop_bot:
            co_return co_await keep_stopped(std::move(task), std::move(answer));
        case Kind::give_up:
            co_return co_await keep_given_up(std::move(task), std::move(answer));
    }
    if (changed == manner) {
        co_return co_await keep_given_up(std::move(task), std::move(answer));
    }
    co_return co_await keep_in_manner(std::move(task), std::move(answer), changed);
}

asio::awaitable<Delivery::Ending> Delivery::State::keep_done(Task task, RequestEnd end) {
    const auto& card = task.card;
    bool is_behind = false;
    for (;;) {
        CardStore::Done done{card, end};
        const auto kept = co_await finished.submit(std::move(done));
        if (kept) {
            is_behind = kept->is_behind;
            break;
        }
        if (!is_away(kept.error())) {
            note(card, std::unexpected(kept.error()));
            break;
        }
        co_await net::sleep_for(pause_of_keeping);
    }
    if (doubtful.erase({card.key.enterprise, card.key.chat}) > 0) {
        const auto kept = co_await store.found_again(card.key);
        note(card, kept);
    }
    if (stopped.erase(card.bot) > 0) {
        registry.gauge("telegram_bot_stopped", "", {{"bot", std::to_string(card.bot)}}).set(0);
    }
    if (!is_behind) {
        co_return Ending{};
    }
    auto again = task.due;
    again.manner = {};
    again.not_before = {};
    again.wanted_at = std::chrono::steady_clock::now();
    again.was_held = false;
    Ending ending;
    ending.again = std::move(again);
    co_return ending;
}

asio::awaitable<Delivery::Ending> Delivery::State::keep_later(
    Task task, Answer answer, std::chrono::milliseconds pause, bool is_unknown
) {
    co_await insist(task.card, [&] {
        return store.postpone(task.card, answer.end, pause, answer.reaction.reason, is_unknown);
    });
    Ending ending;
    ending.again = task.due;
    ending.again->not_before = after(pause);
    ending.again->was_held = true;
    co_return ending;
}

asio::awaitable<Delivery::Ending> Delivery::State::keep_in_manner(
    Task task, Answer answer, Manner manner
) {
    task.due.manner = manner;
    co_return co_await keep_later(
        std::move(task), std::move(answer), std::chrono::milliseconds(0), false
    );
}

asio::awaitable<Delivery::Ending> Delivery::State::keep_flood(Task task, Answer answer) {
    const auto& card = task.card;
    const auto pause = answer.reaction.retry_after + net::backoff_pause(flood_margin, 1);
    const bool stops_bot = pacing.flooded(card.bot, card.key.chat, pause);
    if (stops_bot) {
        logger.warning("bot {} is flooded, it pauses {} ms", card.bot, pause.count());
    }
    co_await insist(card, [&] {
        return store.pause(card.bot, stops_bot ? 0 : card.key.chat, pause, answer.reaction.reason);
    });
    co_return co_await keep_later(task, std::move(answer), pause, false);
}

asio::awaitable<Delivery::Ending> Delivery::State::keep_stopped(Task task, Answer answer) {
    const auto& card = task.card;
    const auto enterprise = directory.by_number(card.key.enterprise);
    pacing.block_bot(card.bot, stopped_bot_pause);
    const bool is_new =
        stopped
            .insert_or_assign(
                card.bot,
                std::pair{card.key.enterprise, enterprise ? enterprise->bot_token : std::string()}
            )
            .second;
    if (is_new) {
        logger.critical(
            "the bot {} of {} is refused: {}; check bot_token",
            card.bot,
            card.key.enterprise,
            answer.reaction.reason
        );
    }
    registry
        .gauge(
            "telegram_bot_stopped",
            "1 while Telegram refuses the bot's token",
            {{"bot", std::to_string(card.bot)}}
        )
        .set(1);
    co_await insist(card, [&] {
        return store.pause(card.bot, 0, stopped_bot_pause, answer.reaction.reason);
    });
    // The whole bot waits; the card itself need not wait longer than it.
    co_return co_await keep_later(task, std::move(answer), std::chrono::milliseconds(0), false);
}

asio::awaitable<Delivery::Ending> Delivery::State::keep_unknown_chat(Task task, Answer answer) {
    const auto& card = task.card;
    doubtful.emplace(card.key.enterprise, card.key.chat);
    const auto is_gone = co_await store.count_not_found(card.key);
    if (is_gone && *is_gone) {
        doubtful.erase({card.key.enterprise, card.key.chat});
        co_return co_await keep_dropped(std::move(task), std::move(answer));
    }
    co_return co_await keep_later(task, std::move(answer), until_second_look, false);
}

asio::awaitable<Delivery::Ending> Delivery::State::keep_dropped(Task task, Answer answer) {
    const auto& card = task.card;
    const auto reason = answer.reaction.reason;
    logger.with_trace(card.trace_id)
        .error("chat {} of {} takes nothing more: {}", card.key.chat, card.key.enterprise, reason);
    co_await insist(card, [&] { return store.drop_chat(card, answer.end, reason); });
    Ending ending;
    ending.look_again = true;
    co_return ending;
}

asio::awaitable<Delivery::Ending> Delivery::State::keep_moved(Task task, Answer answer) {
    const auto& card = task.card;
    const auto new_chat = answer.reaction.new_chat;
    logger.with_trace(card.trace_id).info("chat {} is {} now", card.key.chat, new_chat);
    co_await insist(card, [&] {
        return store.move_chat(card, answer.end, new_chat, answer.reaction.reason);
    });
    Ending ending;
    ending.look_again = true;
    co_return ending;
}

asio::awaitable<Delivery::Ending> Delivery::State::keep_new_message(
    Task task, Answer answer, bool delete_old
) {
    co_await insist(task.card, [&] {
        return store.forget_message(task.card, answer.end, answer.reaction.reason, delete_old);
    });
    Ending ending;
    ending.again = task.due;
    ending.again->manner = {};
    ending.again->not_before = {};
    co_return ending;
}

asio::awaitable<Delivery::Ending> Delivery::State::keep_given_up(Task task, Answer answer) {
    const auto& card = task.card;
    logger.with_trace(card.trace_id)
        .error(
            "{}: {} refuses our request: {}", card.unique_id, card.key.chat, answer.reaction.reason
        );
    // What is left of a replaced message is no reason to lose what comes after it.
    if (card.action == CardAction::remove) {
        co_return co_await keep_done(std::move(task), std::move(answer.end));
    }
    co_await insist(card, [&] { return store.bury(card, answer.end, answer.reaction.reason); });
    co_return Ending{};
}

asio::awaitable<Delivery::Ending> Delivery::State::keep_digest(Task task) {
    const auto& card = task.card;
    const auto enterprise = directory.by_number(card.key.enterprise);
    auto language = call::Language::ru;
    if (enterprise) {
        const auto found = std::ranges::find(
            enterprise->subscribers, card.key.chat, &tenants::Subscriber::chat_id
        );
        if (found != enterprise->subscribers.end()) {
            language = call::parse_language(found->language).value_or(language);
        }
    }
    Ending ending;
    co_await insist(card, [&]() -> asio::awaitable<base::Result<>> {
        const auto digest = co_await store.into_digest(card, digest_heading(language));
        if (!digest) {
            co_return std::unexpected(digest.error());
        }
        DueCard due;
        due.key = *digest;
        due.is_final = true;
        due.wanted_at = std::chrono::steady_clock::now();
        due.not_before = after(digest_gathers);
        due.was_held = true;
        ending.digest = std::move(due);
        co_return base::Result<>{};
    });
    co_return ending;
}

std::vector<std::int64_t> Delivery::recheck_tokens() {
    auto& state = *state_;
    std::vector<std::int64_t> free;
    for (const auto& [bot, refused] : state.stopped) {
        const auto enterprise = state.directory.by_number(refused.first);
        if (!enterprise || enterprise->bot_token != refused.second) {
            free.push_back(bot);
        }
    }
    for (const auto bot : free) {
        state.stopped.erase(bot);
        state.pacing.unblock_bot(bot);
        state.registry.gauge("telegram_bot_stopped", "", {{"bot", std::to_string(bot)}}).set(0);
    }
    return free;
}

void Delivery::State::note(const BegunCard& card, const base::Result<>& kept) const {
    if (!kept) {
        logger.warning(
            "{}: the card of {} could not be kept: {}",
            card.unique_id,
            card.key.chat,
            base::describe(kept.error())
        );
    }
}

}  // namespace trunkline::telegram
