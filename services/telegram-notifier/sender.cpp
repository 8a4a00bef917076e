#include "sender.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "base/log.hpp"
#include "delivery.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"
#include "pacing.hpp"
#include "schedule.hpp"

namespace trunkline::telegram {
namespace {

using namespace std::chrono_literals;

/// Requests under way over all bots; the client has as many connections.
constexpr std::size_t concurrency = 128;
constexpr auto poll = 500ms;
constexpr int most_due = 2000;
/// A bot that nobody calls for is free for others.
constexpr auto idle_for = 2min;
/// When the lock's session is lost, requests that are out get this long to end: PostgreSQL may give
/// the locks to somebody else at once.
constexpr auto after_lost_locks = 1500ms;

/// A server that sees no more of us frees our locks within eleven seconds; we notice within four
/// that it is gone.
constexpr auto session_settings =
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3; "
    "SET statement_timeout = 3000";

std::int64_t number_of(const std::string& text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

DueCard due_card(CardKey key, bool is_final) {
    DueCard card;
    card.key = std::move(key);
    card.is_final = is_final;
    card.wanted_at = std::chrono::steady_clock::now();
    return card;
}

}  // namespace

struct Sender::State {
    State(
        const asio::any_io_executor& executor_in,
        pg::Pool& locks_in,
        CardStore& store_in,
        BotApi& api,
        tenants::Directory& directory_in,
        BotFigures& figures_in,
        metrics::Registry& registry_in
    )
        : executor(executor_in),
          locks(locks_in),
          store(store_in),
          directory(directory_in),
          figures(figures_in),
          registry(registry_in),
          pacing(base::system_clock()),
          schedule(base::system_clock(), pacing),
          delivery(executor_in, store_in, api, directory_in, pacing, figures_in, registry_in),
          wake(executor_in),
          loop(executor_in, "sender"),
          requests(std::make_unique<net::TaskGroup>(executor_in, "sender.requests")),
          endings(executor_in, "sender.endings"),
          delay(registry_in.histogram(
              "telegram_event_to_request_seconds",
              "From an event's receipt to its request to Telegram, where no limit or pause held it",
              {0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 1, 5}
          )) {}

    /// The session of the locks; run() takes a step only while there is one.
    pg::Session& held() {
        return *session;  // NOLINT(bugprone-unchecked-optional-access)
    }
    asio::awaitable<void> run();
    asio::awaitable<bool> connect();
    asio::awaitable<void> lose();
    asio::awaitable<base::Result<>> step();
    asio::awaitable<base::Result<>> take_bots();
    asio::awaitable<base::Result<>> learn_past(std::vector<std::int64_t> bots);
    asio::awaitable<base::Result<>> look();
    asio::awaitable<base::Result<>> free_idle_bots();
    asio::awaitable<base::Result<>> begin();
    void spawn(BegunCard card, DueCard due);
    asio::awaitable<void> request(Delivery::Task task);
    asio::awaitable<void> settle(Delivery::Task task);
    asio::awaitable<void> keep(Delivery::Task task, Delivery::Answer answer);
    void apply(const Delivery::Task& task, Delivery::Ending ending);
    asio::awaitable<void> end_pause(std::int64_t bot);
    void measure(const Delivery::Task& task);

    asio::any_io_executor executor;
    pg::Pool& locks;
    CardStore& store;
    tenants::Directory& directory;
    BotFigures& figures;
    metrics::Registry& registry;
    base::Logger logger{"telegram"};
    Pacing pacing;
    Schedule schedule;
    Delivery delivery;
    std::optional<pg::Session> session;
    std::map<std::int64_t, base::SteadyTime> owned;          ///< With the last time they had work.
    std::map<std::int64_t, std::vector<DueCard>> strangers;  ///< Wanted here, not owned yet.
    std::set<std::int64_t> orphans;                          ///< Nobody seems to serve them.
    std::set<std::int64_t> to_look;                          ///< Owned, and the table has news.
    base::SteadyTime next_poll;
    net::Event wake;
    net::TaskGroup loop;
    std::unique_ptr<net::TaskGroup> requests;
    net::TaskGroup endings;
    metrics::Histogram& delay;
    bool stopping = false;
};

Sender::Sender(
    const asio::any_io_executor& executor,
    pg::Pool& locks,
    pg::Listener& listener,
    CardStore& store,
    BotApi& api,
    tenants::Directory& directory,
    BotFigures& figures,
    metrics::Registry& registry
)
    : state_(std::make_unique<State>(executor, locks, store, api, directory, figures, registry)) {
    listener.on("telegram_cards", [state = state_.get()](const std::string& payload) {
        const auto bot = number_of(payload);
        if (state->owned.contains(bot)) {
            state->to_look.insert(bot);
            state->wake.notify();
        }
    });
    directory.on_change([state = state_.get()](const std::string&) {
        for (const auto bot : state->delivery.recheck_tokens()) {
            state->schedule.look_again(bot);
            state->endings.spawn("end pause", state->end_pause(bot));
            state->wake.notify();
        }
    });
}

Sender::~Sender() = default;

void Sender::start() { state_->loop.spawn("run", state_->run()); }

void Sender::wanted(
    std::int64_t bot, const CardKey& key, bool is_final, std::chrono::milliseconds hold
) {
    auto& state = *state_;
    auto card = due_card(key, is_final);
    if (hold > hold.zero()) {
        card.not_before = card.wanted_at + hold;
        card.was_held = true;
    }
    if (const auto owned = state.owned.find(bot); owned != state.owned.end()) {
        owned->second = card.wanted_at;
        state.schedule.add(bot, std::move(card));
    } else if (auto& waiting = state.strangers[bot]; waiting.size() < most_due) {
        waiting.push_back(std::move(card));
    }
    state.wake.notify();
}

base::Duration Sender::take_turn(std::int64_t bot, std::int64_t chat) {
    auto& pacing = state_->pacing;
    const auto wait = std::max(pacing.bot_wait(bot), pacing.chat_wait(bot, chat));
    if (wait == base::Duration::zero()) {
        pacing.begin(bot, chat);
    }
    return wait;
}

void Sender::turn_done(std::int64_t bot, std::int64_t chat) {
    state_->pacing.end(bot, chat);
    state_->schedule.look_again(bot);
    state_->wake.notify();
}

void Sender::block(std::int64_t bot, std::int64_t chat, base::Duration pause) {
    state_->pacing.flooded(bot, chat, pause);
}

asio::awaitable<void> Sender::drain(net::Deadline deadline) {
    auto& state = *state_;
    state.stopping = true;
    state.wake.notify();
    co_await state.loop.drain(deadline);
    co_await state.requests->drain(deadline);
    co_await state.endings.drain(deadline);
    co_await state.delivery.drain(deadline);
    state.session.reset();
}

asio::awaitable<void> Sender::State::run() {
    while (!stopping) {
        if (!session) {
            const bool connected = co_await connect();
            if (!connected) {
                co_await wake.wait_until(net::deadline_in(poll));
                continue;
            }
        }
        const auto done = co_await step();
        if (!done) {
            logger.warning("the bots' locks are lost: {}", base::describe(done.error()));
            co_await lose();
            continue;
        }
        const bool is_full = schedule.under_way() >= concurrency;
        const auto next = is_full ? next_poll : std::min(schedule.next(), next_poll);
        co_await wake.wait_until(next);
    }
}

asio::awaitable<bool> Sender::State::connect() {
    auto acquired = co_await locks.acquire(net::deadline_in(2s));
    if (!acquired) {
        co_return false;
    }
    session.emplace(std::move(*acquired));
    session->discard();
    const auto set = co_await session->script(session_settings);
    if (!set) {
        session.reset();
        co_return false;
    }
    next_poll = {};
    co_return true;
}

/// Somebody else may speak for our bots from now on.
asio::awaitable<void> Sender::State::lose() {
    session.reset();
    co_await requests->drain(net::deadline_in(after_lost_locks));
    requests = std::make_unique<net::TaskGroup>(executor, "sender.requests");
    for (const auto& [bot, since] : owned) {
        schedule.forget(bot);
        pacing.forget(bot);
    }
    owned.clear();
    to_look.clear();
}

asio::awaitable<base::Result<>> Sender::State::step() {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_poll) {
        next_poll = now + poll;
        std::vector<std::int64_t> ours;
        for (const auto& [bot, since] : owned) {
            ours.push_back(bot);
            to_look.insert(bot);
        }
        const auto found = co_await CardStore::orphans(held(), std::move(ours));
        if (!found) {
            co_return std::unexpected(found.error());
        }
        orphans.insert(found->begin(), found->end());
        pacing.sweep();
        const auto freed = co_await free_idle_bots();
        if (!freed) {
            co_return freed;
        }
    }
    const auto taken = co_await take_bots();
    if (!taken) {
        co_return taken;
    }
    const auto looked = co_await look();
    if (!looked) {
        co_return looked;
    }
    co_return co_await begin();
}

asio::awaitable<base::Result<>> Sender::State::take_bots() {
    const auto waiting = std::exchange(strangers, {});
    auto asked = std::exchange(orphans, {});
    for (const auto& [bot, cards] : waiting) {
        asked.insert(bot);
    }
    std::erase_if(asked, [this](std::int64_t bot) { return owned.contains(bot); });
    if (asked.empty()) {
        co_return base::Result<>{};
    }
    const auto locked = co_await CardStore::lock_bots(
        held(), std::vector<std::int64_t>(asked.begin(), asked.end())
    );
    if (!locked) {
        co_return std::unexpected(locked.error());
    }
    const auto learned = co_await learn_past(*locked);
    if (!learned) {
        co_return learned;
    }
    const auto now = std::chrono::steady_clock::now();
    for (const auto bot : *locked) {
        owned.emplace(bot, now);
        to_look.insert(bot);
        asked.erase(bot);
    }
    std::vector<std::int64_t> others;
    for (const auto& [bot, cards] : waiting) {
        if (!owned.contains(bot)) {
            others.push_back(bot);
            continue;
        }
        for (const auto& card : cards) {
            schedule.add(bot, card);
        }
    }
    if (others.empty()) {
        co_return base::Result<>{};
    }
    co_return co_await CardStore::tell_others(held(), std::move(others));
}

asio::awaitable<base::Result<>> Sender::State::learn_past(std::vector<std::int64_t> bots) {
    if (bots.empty()) {
        co_return base::Result<>{};
    }
    const auto past = co_await CardStore::past(held(), std::move(bots));
    if (!past) {
        co_return std::unexpected(past.error());
    }
    for (const auto& request : past->requests) {
        pacing.note_past(request.bot, request.chat, request.age);
    }
    for (const auto& pause : past->pauses) {
        if (pause.chat == 0) {
            pacing.block_bot(pause.bot, pause.left);
        } else {
            pacing.block_chat(pause.bot, pause.chat, pause.left);
        }
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> Sender::State::look() {
    if (to_look.empty()) {
        co_return base::Result<>{};
    }
    const auto bots = std::exchange(to_look, {});
    const auto due = co_await CardStore::due(
        held(), std::vector<std::int64_t>(bots.begin(), bots.end()), most_due
    );
    if (!due) {
        co_return std::unexpected(due.error());
    }
    for (const auto& each : *due) {
        auto card = due_card(each.key, each.is_final);
        card.wanted_at -= each.age;
        card.was_held = each.was_tried;
        owned[each.bot] = std::chrono::steady_clock::now();
        schedule.add(each.bot, std::move(card));
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> Sender::State::free_idle_bots() {
    const auto limit = std::chrono::steady_clock::now() - idle_for;
    std::vector<std::int64_t> idle;
    for (const auto& [bot, since] : owned) {
        if (since < limit && schedule.is_idle(bot)) {
            idle.push_back(bot);
        }
    }
    if (idle.empty()) {
        co_return base::Result<>{};
    }
    for (const auto bot : idle) {
        owned.erase(bot);
        to_look.erase(bot);
        schedule.forget(bot);
        pacing.forget(bot);
    }
    co_return co_await CardStore::unlock_bots(held(), std::move(idle));
}

asio::awaitable<base::Result<>> Sender::State::begin() {
    const auto under_way = schedule.under_way();
    if (under_way >= concurrency || stopping) {
        co_return base::Result<>{};
    }
    auto picks = schedule.pick(concurrency - under_way);
    if (picks.empty()) {
        co_return base::Result<>{};
    }
    std::vector<CardStore::Start> starts;
    std::map<CardKey, Schedule::Pick*> by_key;
    for (auto& pick : picks) {
        starts.push_back({pick.card.key, pick.card.was_held});
        by_key.emplace(pick.card.key, &pick);
    }
    auto begun = co_await store.begin(held(), std::move(starts));
    if (!begun) {
        for (const auto& pick : picks) {
            pacing.cancel(pick.bot, pick.card.key.chat);
        }
        co_return std::unexpected(begun.error());
    }
    for (auto& card : *begun) {
        const auto found = by_key.find(card.key);
        auto& pick = *found->second;
        by_key.erase(found);
        card.bot = pick.bot;
        spawn(std::move(card), std::move(pick.card));
    }
    // Nothing to do any more, or the card is another call's now.
    for (const auto& [key, pick] : by_key) {
        pacing.cancel(pick->bot, key.chat);
        schedule.finished(pick->bot, key, std::nullopt);
    }
    co_return base::Result<>{};
}

void Sender::State::spawn(BegunCard card, DueCard due) {
    Delivery::Task task{std::move(card), std::move(due)};
    if (task.card.log_id == 0) {
        pacing.cancel(task.card.bot, task.card.key.chat);
        endings.spawn("settle", settle(std::move(task)));
        return;
    }
    measure(task);
    requests->spawn("request", request(std::move(task)));
}

asio::awaitable<void> Sender::State::request(Delivery::Task task) {
    struct Count {
        Pacing& pacing;
        std::int64_t bot;
        std::int64_t chat;
        ~Count() { pacing.end(bot, chat); }
    };
    Delivery::Answer answer;
    {
        const Count count{pacing, task.card.bot, task.card.key.chat};
        answer = co_await delivery.ask(task);
    }
    endings.spawn("keep", keep(std::move(task), std::move(answer)));
}

asio::awaitable<void> Sender::State::keep(Delivery::Task task, Delivery::Answer answer) {
    auto ending = co_await delivery.keep(task, std::move(answer));
    apply(task, std::move(ending));
}

asio::awaitable<void> Sender::State::settle(Delivery::Task task) {
    auto ending = co_await delivery.keep(task);
    apply(task, std::move(ending));
}

void Sender::State::apply(const Delivery::Task& task, Delivery::Ending ending) {
    const auto bot = task.card.bot;
    // Without the bot's lock it is the next owner's.
    if (owned.contains(bot)) {
        schedule.finished(bot, task.card.key, std::move(ending.again));
        if (ending.digest) {
            schedule.add(bot, std::move(*ending.digest));
        }
        if (ending.look_again) {
            to_look.insert(bot);
        }
    }
    wake.notify();
}

asio::awaitable<void> Sender::State::end_pause(std::int64_t bot) {
    const auto ended = co_await store.end_pause(bot);
    if (!ended) {
        logger.warning("bot {}: its pause stays: {}", bot, base::describe(ended.error()));
    }
}

void Sender::State::measure(const Delivery::Task& task) {
    if (!task.card.event_at) {
        return;
    }
    const std::chrono::duration<double> took = base::system_clock().now() - *task.card.event_at;
    figures.note_delay(task.card.bot, std::chrono::duration_cast<base::Duration>(took));
    if (!task.due.was_held) {
        delay.observe(took.count());
    }
}

}  // namespace trunkline::telegram
