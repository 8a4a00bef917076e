#include "sender.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "card_updates.hpp"
#include "net/backoff.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"
#include "pacing.hpp"
#include "reactions.hpp"

namespace trunkline::telegram {
namespace {

constexpr std::size_t concurrency = 64;
constexpr auto lease = std::chrono::milliseconds(30'000);
constexpr auto poll = std::chrono::milliseconds(500);
constexpr auto stopped_bot_pause = std::chrono::minutes(5);
constexpr std::size_t kept_answer = 500;
constexpr net::BackoffPolicy retry_policy{
    .initial = std::chrono::milliseconds(1000),
    .maximum = std::chrono::milliseconds(30'000),
    .factor = 2.0,
    .jitter = 0.3
};

std::chrono::milliseconds in_ms(base::Duration duration) {
    return std::chrono::ceil<std::chrono::milliseconds>(duration);
}

}  // namespace

struct Sender::State {
    State(
        asio::any_io_executor executor,
        CardStore& store_in,
        BotApi& api_in,
        tenants::Directory& directory_in,
        BotFigures& figures_in,
        metrics::Registry& registry_in
    )
        : store(store_in),
          api(api_in),
          directory(directory_in),
          figures(figures_in),
          pacing(base::system_clock()),
          wake(executor),
          loop(executor, "sender"),
          requests(executor, "sender"),
          registry(registry_in),
          possible_doubles(registry_in.counter(
              "telegram_possible_doubles_total",
              "Messages sent again because the first one's outcome stayed unknown",
              {}
          )) {}

    asio::awaitable<void> run();
    asio::awaitable<std::size_t> claim();
    asio::awaitable<void> bring_up_to_date(ClaimedCard card);
    asio::awaitable<void> request(ClaimedCard card, std::string token, bool is_html);
    asio::awaitable<base::Result<>> obey(const ClaimedCard& card, const Reaction& reaction);
    asio::awaitable<base::Result<>> retry_unknown(
        const ClaimedCard& card, const Reaction& reaction
    );
    asio::awaitable<void> log(
        const ClaimedCard& card, const httpc::Outcome& outcome, std::string method, std::int64_t ms
    );
    void note(const ClaimedCard& card, const base::Result<>& kept) const;
    std::optional<std::int64_t> thread_of(const ClaimedCard& card) const;

    CardStore& store;
    BotApi& api;
    tenants::Directory& directory;
    BotFigures& figures;
    Pacing pacing;
    base::Logger logger{"telegram"};
    net::Event wake;
    net::TaskGroup loop;
    net::TaskGroup requests;
    metrics::Registry& registry;
    metrics::Counter& possible_doubles;
    std::size_t running = 0;
    bool stopping = false;
};

Sender::Sender(
    asio::any_io_executor executor,
    CardStore& store,
    BotApi& api,
    tenants::Directory& directory,
    BotFigures& figures,
    metrics::Registry& registry
)
    : state_(std::make_unique<State>(std::move(executor), store, api, directory, figures, registry)
      ) {}

Sender::~Sender() = default;

void Sender::start() { state_->loop.spawn("claim", state_->run()); }
void Sender::wake() { state_->wake.notify(); }

base::Duration Sender::take_turn(std::int64_t bot, std::int64_t chat) {
    return state_->pacing.take(bot, chat);
}

void Sender::block(std::int64_t bot, std::int64_t chat, base::Duration pause) {
    state_->pacing.block(bot, chat, pause);
}

asio::awaitable<void> Sender::drain(net::Deadline deadline) {
    state_->stopping = true;
    state_->loop.cancel();
    co_await state_->loop.join();
    co_await state_->requests.drain(deadline);
}

asio::awaitable<void> Sender::State::run() {
    while (!stopping) {
        const auto claimed = co_await claim();
        if (claimed == 0 || running >= concurrency) {
            co_await wake.wait_until(net::deadline_in(poll));
        }
        pacing.sweep();
    }
}

asio::awaitable<std::size_t> Sender::State::claim() {
    if (running >= concurrency) {
        co_return 0;
    }
    auto cards = co_await store.claim(static_cast<int>(concurrency - running), lease);
    if (!cards) {
        logger.debug("cards cannot be claimed: {}", base::describe(cards.error()));
        co_return 0;
    }
    for (auto& card : *cards) {
        ++running;
        requests.spawn("card", bring_up_to_date(std::move(card)));
    }
    co_return cards->size();
}

asio::awaitable<void> Sender::State::bring_up_to_date(ClaimedCard card) {
    struct Leave {
        State& state;
        ~Leave() {
            --state.running;
            state.wake.notify();
        }
    } leave{*this};
    const auto enterprise = directory.by_number(card.key.enterprise);
    if (!enterprise || bot_id(enterprise->bot_token) != card.bot) {
        const auto buried = co_await store.bury(card, "the enterprise has another bot now");
        note(card, buried);
        co_return;
    }
    // The chat shows it already: the state went there and back while a request was out.
    if (card.message_id && card.sent_text == card.text && card.sent_keyboard == card.keyboard) {
        const auto kept = co_await store.sent(card, card.message_id);
        note(card, kept);
        co_return;
    }
    const auto wait = pacing.take(card.bot, card.key.chat);
    if (wait > base::Duration::zero()) {
        const auto kept = co_await store.postpone(card, in_ms(wait), "", card.outcome_unknown);
        note(card, kept);
        co_return;
    }
    if (!card.message_id && card.outcome_unknown) {
        possible_doubles.add();
        logger.with_trace(card.trace_id)
            .warning(
                "{}: the outcome of a send to {} is unknown, it may double",
                card.unique_id,
                card.key.chat
            );
    }
    co_await request(std::move(card), enterprise->bot_token, true);
}

asio::awaitable<void> Sender::State::request(ClaimedCard card, std::string token, bool is_html) {
    const auto begun = std::chrono::steady_clock::now();
    const std::string method = card.message_id ? "editMessageText" : "sendMessage";
    BotApi::Text text{card.text, is_html, card.keyboard, thread_of(card)};
    httpc::Outcome outcome = std::unexpected(httpc::Failure{});
    if (card.message_id) {
        outcome = co_await api.edit_message_text(
            token, card.key.chat, *card.message_id, std::move(text), card.trace_id
        );
    } else {
        outcome = co_await api.send_message(token, card.key.chat, std::move(text), card.trace_id);
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begun
    );
    auto reaction = react(outcome);
    figures.note(card.bot, method, outcome);
    if (reaction.kind == Reaction::Kind::done && card.wanted_at) {
        figures.note_delay(card.bot, base::system_clock().now() - *card.wanted_at);
    }
    registry
        .counter(
            "telegram_requests_total",
            "Requests to the Bot API",
            {{"method", method}, {"outcome", outcome ? std::to_string(outcome->status) : "none"}}
        )
        .add();
    if (reaction.kind == Reaction::Kind::send_bare) {
        logger.with_trace(card.trace_id)
            .error("{}: our buttons were refused: {}", card.unique_id, reaction.reason);
        co_await log(card, outcome, method, took.count());
        card.keyboard.clear();
        co_await request(std::move(card), std::move(token), is_html);
        co_return;
    }
    if (reaction.kind == Reaction::Kind::send_plain && !is_html) {
        reaction.kind = Reaction::Kind::give_up;
    }
    if (reaction.kind == Reaction::Kind::send_plain) {
        logger.with_trace(card.trace_id)
            .error("{}: our HTML was refused: {}", card.unique_id, reaction.reason);
        co_await log(card, outcome, method, took.count());
        co_await request(std::move(card), std::move(token), false);
        co_return;
    }
    const auto kept = co_await obey(card, reaction);
    note(card, kept);
    co_await log(card, outcome, method, took.count());
}

asio::awaitable<base::Result<>> Sender::State::obey(
    const ClaimedCard& card, const Reaction& reaction
) {
    using Kind = Reaction::Kind;
    const auto log_line = logger.with_trace(card.trace_id);
    switch (reaction.kind) {
        case Kind::done:
            co_return co_await store.sent(card, reaction.message_id);
        case Kind::wait: {
            pacing.block(card.bot, card.key.chat, reaction.retry_after);
            co_return co_await store.postpone(
                card, reaction.retry_after, reaction.reason, card.outcome_unknown
            );
        }
        case Kind::retry: {
            const auto pause =
                net::backoff_pause(retry_policy, static_cast<unsigned>(card.attempts));
            co_return co_await store.postpone(card, pause, reaction.reason, card.outcome_unknown);
        }
        case Kind::retry_unknown:
            co_return co_await retry_unknown(card, reaction);
        case Kind::send_anew:
        case Kind::send_without_reply:
            co_return co_await store.forget_message(card, reaction.reason);
        case Kind::chat_moved:
            log_line.info("chat {} is {} now", card.key.chat, reaction.new_chat);
            co_return co_await store.move_chat(card, reaction.new_chat);
        case Kind::drop_chat: {
            log_line.warning(
                "chat {} of {} takes nothing more: {}",
                card.key.chat,
                card.key.enterprise,
                reaction.reason
            );
            const auto dropped = co_await store.drop_subscriber(card, reaction.reason);
            if (!dropped) {
                co_return dropped;
            }
            co_return co_await store.bury(card, reaction.reason);
        }
        case Kind::stop_bot:
            log_line.critical(
                "the bot {} of {} is refused: {}", card.bot, card.key.enterprise, reaction.reason
            );
            co_return co_await store.postpone(
                card, stopped_bot_pause, reaction.reason, card.outcome_unknown
            );
        case Kind::send_plain:
        case Kind::send_bare:
        case Kind::give_up:
            log_line.error(
                "{}: {} refuses our request: {}", card.unique_id, card.key.chat, reaction.reason
            );
            co_return co_await store.bury(card, reaction.reason);
    }
    co_return base::Result<>{};
}

/// Nobody knows whether it was done. An edit may be repeated as often as need be. A send may
/// double: a passing state is sent once more at the most, the final one until it is answered.
asio::awaitable<base::Result<>> Sender::State::retry_unknown(
    const ClaimedCard& card, const Reaction& reaction
) {
    const bool is_send = !card.message_id;
    if (is_send && card.outcome_unknown && !card.is_final) {
        co_return co_await store.sent(card, std::nullopt);
    }
    const auto pause = net::backoff_pause(retry_policy, static_cast<unsigned>(card.attempts));
    co_return co_await store.postpone(card, pause, reaction.reason, is_send);
}

asio::awaitable<void> Sender::State::log(
    const ClaimedCard& card, const httpc::Outcome& outcome, std::string method, std::int64_t ms
) {
    CardStore::Attempt attempt;
    attempt.text = card.text;
    attempt.message_id = card.message_id;
    attempt.duration_ms = ms;
    auto answer =
        outcome ? outcome->body.substr(0, kept_answer) : base::describe(outcome.error().error);
    std::erase(answer, '\0');
    attempt.answer = base::replace_invalid_utf8(answer);
    if (outcome) {
        attempt.status = static_cast<int>(outcome->status);
    }
    logger.with_trace(card.trace_id)
        .info(
            "{} {} {} -> {} in {} ms",
            card.key.enterprise,
            card.unique_id,
            method,
            outcome ? std::to_string(outcome->status) : "no answer",
            ms
        );
    attempt.method = std::move(method);
    const auto kept = co_await store.log(card, std::move(attempt));
    if (!kept) {
        logger.warning("the log row could not be written: {}", base::describe(kept.error()));
    }
}

/// The topic that a group's messages go to.
std::optional<std::int64_t> Sender::State::thread_of(const ClaimedCard& card) const {
    const auto enterprise = directory.by_number(card.key.enterprise);
    if (!enterprise) {
        return std::nullopt;
    }
    const auto& all = enterprise->subscribers;
    const auto found = std::ranges::find(all, card.key.chat, &tenants::Subscriber::chat_id);
    return found == all.end() ? std::nullopt : found->thread_id;
}

void Sender::State::note(const ClaimedCard& card, const base::Result<>& kept) const {
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
