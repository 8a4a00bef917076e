#include "exchanges.hpp"

#include <map>
#include <set>
#include <utility>

#include "base/log.hpp"
#include "net/event.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "pg/pool.hpp"

namespace trunkline::pbx_gateway {
namespace {

using namespace std::chrono_literals;

constexpr auto look_again = 3s;
constexpr auto look_soon = 1s;

constexpr auto lock_sql =
    "SELECT id FROM unnest($1::text[]) AS id "
    "WHERE pg_try_advisory_lock(hashtextextended('pbx/' || id, 0))";
constexpr auto unlock_sql = "SELECT pg_advisory_unlock(hashtextextended('pbx/' || $1::text, 0))";

}  // namespace

struct Exchanges::State {
    State(Exchange::Parts parts_in, const Settings& settings, ExchangeStore& store_in)
        : parts(std::move(parts_in)),
          store(store_in),
          lock_pool(parts.executor, settings.postgres),
          wake(parts.executor),
          tasks(parts.executor, "exchanges"),
          closing(parts.executor, "closing exchanges") {}

    asio::awaitable<void> keep();
    asio::awaitable<void> hold(pg::Session& session);
    asio::awaitable<base::Result<>> look(pg::Session& session);
    asio::awaitable<base::Result<>> lock(pg::Session& session);
    asio::awaitable<base::Result<>> let_go(pg::Session& session, std::string id);
    void open(const ExchangeRow& row);
    asio::awaitable<void> close(std::string id);
    asio::awaitable<void> close_all();
    static asio::awaitable<void> close_one(Pointer exchange);

    Exchange::Parts parts;
    ExchangeStore& store;
    pg::Pool lock_pool;
    net::Event wake;
    net::TaskGroup tasks;
    net::TaskGroup closing;
    base::Logger logger{"pbx"};
    std::map<std::string, ExchangeRow, std::less<>> rows;  ///< Enabled, as last read.
    std::set<std::string, std::less<>> locked;             ///< On the session that lives.
    std::map<std::string, Pointer, std::less<>> led;
};

Exchanges::Exchanges(
    Exchange::Parts parts, const Settings& settings, ExchangeStore& store, pg::Listener& listener
)
    : state_(std::make_unique<State>(std::move(parts), settings, store)) {
    auto* state = state_.get();
    listener.on("pbx_servers", [state](const std::string&) { state->wake.notify(); });
    listener.on_gap([state] { state->wake.notify(); });
    state->parts.registry.on_render([state] {
        for (const auto& [id, exchange] : state->led) {
            exchange->show();
        }
    });
}

Exchanges::~Exchanges() = default;

void Exchanges::start() { state_->tasks.spawn("keep", state_->keep()); }

asio::awaitable<void> Exchanges::stop() {
    state_->tasks.cancel();
    co_await state_->tasks.join();
    co_await state_->close_all();
    co_await state_->lock_pool.close();
}

Exchanges::Pointer Exchanges::find(std::string_view id) const {
    const auto found = state_->led.find(id);
    return found == state_->led.end() ? nullptr : found->second;
}

bool Exchanges::is_elsewhere(std::string_view id) const {
    return state_->rows.contains(id) && !state_->led.contains(id);
}

std::vector<Exchanges::Pointer> Exchanges::all() const {
    std::vector<Pointer> out;
    for (const auto& [id, exchange] : state_->led) {
        out.push_back(exchange);
    }
    return out;
}

std::size_t Exchanges::known() const { return state_->rows.size(); }

/// While the database is away the exchanges go on: their calls do, and ingest has its journal. When
/// it is back their locks are asked for again, and those that another gateway has taken meanwhile
/// are left to it.
asio::awaitable<void> Exchanges::State::keep() {
    co_await lock_pool.open();
    for (;;) {
        auto session = co_await lock_pool.acquire(net::deadline_in(5s));
        if (session) {
            locked.clear();
            co_await hold(*session);
            session->discard();
        }
        co_await net::sleep_for(look_soon);
    }
}

/// Returns when the connection, and with it every lock, is lost.
asio::awaitable<void> Exchanges::State::hold(pg::Session& session) {
    for (;;) {
        const auto looked = co_await look(session);
        if (!looked) {
            logger.warning("pbx_servers cannot be read: {}", base::describe(looked.error()));
            co_return;
        }
        co_await wake.wait_until(net::deadline_in(look_again));
    }
}

asio::awaitable<base::Result<>> Exchanges::State::look(pg::Session& session) {
    const auto read = co_await store.enabled();
    if (!read) {
        co_return std::unexpected(read.error());
    }
    rows.clear();
    for (const auto& row : *read) {
        rows.emplace(row.id, row);
    }
    const auto held = led;
    for (const auto& [id, exchange] : held) {
        const auto row = rows.find(id);
        if (row == rows.end()) {
            co_await close(id);
            const auto unlocked = co_await let_go(session, id);
            if (!unlocked) {
                co_return unlocked;
            }
        } else if (row->second != exchange->row()) {
            co_await close(id);
        }
    }
    const auto done = co_await lock(session);
    co_return done;
}

/// Even when there is none to lock it asks, which shows whether the connection lives.
asio::awaitable<base::Result<>> Exchanges::State::lock(pg::Session& session) {
    std::vector<std::string> wanted;
    for (const auto& [id, row] : rows) {
        if (!locked.contains(id)) {
            wanted.push_back(id);
        }
    }
    const auto taken = co_await session.execute(lock_sql, pg::Params::of(wanted));
    if (!taken) {
        co_return std::unexpected(taken.error());
    }
    for (const auto& row : *taken) {
        locked.emplace(row.text("id"));
    }
    for (const auto& [id, row] : rows) {
        if (locked.contains(id) && !led.contains(id)) {
            open(row);
        } else if (!locked.contains(id) && led.contains(id)) {
            logger.warning("{}: another gateway has taken it over", id);
            co_await close(id);
        }
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> Exchanges::State::let_go(pg::Session& session, std::string id) {
    if (locked.erase(id) == 0) {
        co_return base::Result<>{};
    }
    const auto unlocked = co_await session.execute(unlock_sql, pg::Params::of(id));
    if (!unlocked) {
        co_return std::unexpected(unlocked.error());
    }
    co_return base::Result<>{};
}

void Exchanges::State::open(const ExchangeRow& row) {
    logger.info("{}: {}:{} of {}", row.id, row.host, row.port, row.enterprise_number);
    auto exchange = Exchange::create(parts, row);
    if (!exchange) {
        logger.error("{}: {}", row.id, base::describe(exchange.error()));
        return;
    }
    led.emplace(row.id, *exchange);
    (*exchange)->start();
}

asio::awaitable<void> Exchanges::State::close(std::string id) {
    const auto found = led.find(id);
    if (found == led.end()) {
        co_return;
    }
    logger.info("{}: closed", id);
    const auto exchange = found->second;
    led.erase(found);
    co_await exchange->close();
}

asio::awaitable<void> Exchanges::State::close_one(Pointer exchange) { co_await exchange->close(); }

asio::awaitable<void> Exchanges::State::close_all() {
    for (auto& [id, exchange] : led) {
        closing.spawn("close", close_one(exchange));
    }
    led.clear();
    co_await closing.join();
}

}  // namespace trunkline::pbx_gateway
