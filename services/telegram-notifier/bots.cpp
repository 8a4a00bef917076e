#include "bots.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/log.hpp"
#include "card_updates.hpp"
#include "net/event.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"

namespace trunkline::telegram {
namespace {

constexpr auto lock_check = std::chrono::milliseconds(2'000);
constexpr auto lock_retry = std::chrono::milliseconds(1'000);
constexpr auto stagger = std::chrono::milliseconds(4);
constexpr auto clean_period = std::chrono::hours(1);
// Advisory locks share one space of numbers; a bot's id has at most 52 bits.
constexpr std::int64_t lock_space = std::int64_t{0x7467} << 48U;

}  // namespace

struct Bots::State {
    State(
        asio::any_io_executor executor_in,
        Settings settings_in,
        PollerStore& store_in,
        BotApi& api_in,
        tenants::Directory& directory_in,
        UpdateHandler& handler_in,
        BotFigures& figures_in
    )
        : executor(executor_in),
          settings(std::move(settings_in)),
          store(store_in),
          directory(directory_in),
          reader(
              {settings.mode, settings.public_url},
              store_in,
              api_in,
              directory_in,
              handler_in,
              figures_in
          ),
          lock_pool(executor_in, settings.postgres),
          wake(executor_in),
          loop(std::move(executor_in), "bots") {}

    /// A bot that we hold the lock of.
    struct Held {
        WantedBot bot;
        std::unique_ptr<net::TaskGroup> tasks;
    };

    std::map<std::int64_t, WantedBot> wanted() const;
    asio::awaitable<void> keep();
    asio::awaitable<void> hold(pg::Session& session);
    asio::awaitable<base::Result<>> let_go(
        pg::Session& session, const std::map<std::int64_t, WantedBot>& bots
    );
    asio::awaitable<base::Result<>> take_more(
        pg::Session& session, const std::map<std::int64_t, WantedBot>& bots
    );
    asio::awaitable<void> end(std::int64_t id);
    asio::awaitable<void> end_all();
    asio::awaitable<void> clean();

    asio::any_io_executor executor;
    Settings settings;
    PollerStore& store;
    tenants::Directory& directory;
    UpdateReader reader;
    pg::Pool lock_pool;
    net::Event wake;
    net::TaskGroup loop;
    base::Logger logger{"telegram"};
    std::map<std::int64_t, Held> held;
    std::map<std::string, std::string> hooks;  ///< Key -> enterprise.
    bool hooks_are_old = true;
};

Bots::Bots(
    asio::any_io_executor executor,
    Settings settings,
    PollerStore& store,
    BotApi& api,
    tenants::Directory& directory,
    UpdateHandler& handler,
    BotFigures& figures
)
    : state_(std::make_unique<State>(
          std::move(executor), std::move(settings), store, api, directory, handler, figures
      )) {
    auto* state = state_.get();
    directory.on_change([state](const std::string&) {
        state->hooks_are_old = true;
        state->wake.notify();
    });
}

Bots::~Bots() = default;

void Bots::start() {
    state_->loop.spawn("clean", state_->clean());
    if (state_->settings.mode != UpdateMode::off) {
        state_->loop.spawn("keep", state_->keep());
    }
}

asio::awaitable<void> Bots::stop() {
    state_->loop.cancel();
    co_await state_->loop.join();
    co_await state_->end_all();
    co_await state_->lock_pool.close();
}

std::optional<BotIdentity> Bots::by_hook_key(const std::string& key) {
    auto& state = *state_;
    if (state.settings.mode != UpdateMode::webhook) {
        return std::nullopt;
    }
    if (std::exchange(state.hooks_are_old, false)) {
        state.hooks.clear();
        for (const auto& enterprise : state.directory.all()) {
            state.hooks.emplace(enterprise->hook_key, enterprise->number);
        }
    }
    const auto found = state.hooks.find(key);
    const auto enterprise =
        found == state.hooks.end() ? nullptr : state.directory.by_number(found->second);
    if (!enterprise || enterprise->hook_key != key || bot_id(enterprise->bot_token) == 0) {
        return std::nullopt;
    }
    return BotIdentity{bot_id(enterprise->bot_token), enterprise->bot_token, {}};
}

asio::awaitable<BotIdentity> Bots::with_username(BotIdentity bot) {
    bot.username = co_await state_->reader.learn_username(bot);
    co_return bot;
}

std::map<std::int64_t, WantedBot> Bots::State::wanted() const {
    std::map<std::int64_t, WantedBot> out;
    for (const auto& enterprise : directory.all()) {
        if (const auto id = bot_id(enterprise->bot_token); id > 0) {
            out.emplace(id, WantedBot{enterprise->bot_token, enterprise->hook_key});
        }
    }
    return out;
}

asio::awaitable<void> Bots::State::clean() {
    for (;;) {
        const auto done = co_await store.clean();
        co_await net::sleep_for(done ? base::Duration(clean_period) : std::chrono::minutes(1));
    }
}

asio::awaitable<void> Bots::State::keep() {
    co_await lock_pool.open();
    for (;;) {
        auto session = co_await lock_pool.acquire(net::deadline_in(std::chrono::seconds(5)));
        if (session) {
            co_await hold(*session);
            session->discard();
        }
        co_await end_all();
        co_await net::sleep_for(lock_retry);
    }
}

/// Returns when the connection, and with it every lock, is lost.
asio::awaitable<void> Bots::State::hold(pg::Session& session) {
    for (;;) {
        const auto bots = wanted();
        const auto released = co_await let_go(session, bots);
        if (!released) {
            co_return;
        }
        const auto taken = co_await take_more(session, bots);
        if (!taken) {
            logger.warning("the bots' locks are lost: {}", base::describe(taken.error()));
            co_return;
        }
        co_await wake.wait_until(net::deadline_in(lock_check));
    }
}

asio::awaitable<base::Result<>> Bots::State::let_go(
    pg::Session& session, const std::map<std::int64_t, WantedBot>& bots
) {
    std::vector<std::int64_t> gone;
    for (const auto& [id, held_one] : held) {
        const auto found = bots.find(id);
        if (found == bots.end() || found->second != held_one.bot || held_one.tasks->size() == 0) {
            gone.push_back(id);
        }
    }
    for (const auto id : gone) {
        co_await end(id);
        const auto unlocked = co_await session.execute(
            "SELECT pg_advisory_unlock($1)", pg::Params::of(lock_space + id)
        );
        if (!unlocked) {
            co_return std::unexpected(unlocked.error());
        }
    }
    co_return base::Result<>{};
}

/// Asks for the locks of the bots that we do not hold; even when there is none it asks, which shows
/// whether the connection lives.
asio::awaitable<base::Result<>> Bots::State::take_more(
    pg::Session& session, const std::map<std::int64_t, WantedBot>& bots
) {
    std::vector<std::int64_t> missing;
    for (const auto& [id, bot] : bots) {
        if (!held.contains(id)) {
            missing.push_back(id);
        }
    }
    const auto rows = co_await session.execute(
        "SELECT id FROM unnest($1::bigint[]) AS id WHERE pg_try_advisory_lock($2::bigint + id)",
        pg::Params::of(missing, lock_space)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    base::Duration delay{};
    for (const auto& row : *rows) {
        const auto id = row.integer(0);
        const auto& bot = bots.at(id);
        auto& mine = held[id];
        mine.bot = bot;
        mine.tasks = std::make_unique<net::TaskGroup>(executor, "bot");
        mine.tasks->spawn("updates", reader.serve(BotIdentity{id, bot.token, {}}, bot, delay));
        delay += stagger;
    }
    co_return base::Result<>{};
}

asio::awaitable<void> Bots::State::end(std::int64_t id) {
    const auto found = held.find(id);
    if (found == held.end()) {
        co_return;
    }
    const auto tasks = std::move(found->second.tasks);
    held.erase(found);
    tasks->cancel();
    co_await tasks->join();
}

asio::awaitable<void> Bots::State::end_all() {
    for (const auto& [id, each] : held) {
        each.tasks->cancel();
    }
    while (!held.empty()) {
        const auto id = held.begin()->first;
        co_await end(id);
    }
}

}  // namespace trunkline::telegram
