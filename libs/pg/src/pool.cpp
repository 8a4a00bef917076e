#include "pg/pool.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "pool_state.hpp"
#include "result_error.hpp"

namespace trunkline::pg {

// A place in the queue. Left by whatever way the coroutine ends; a connection that came too late
// goes to the next.
class Pool::State::QueuePlace {
public:
    QueuePlace(State& state, Waiter& waiter) : state_(state), waiter_(waiter) {
        state_.rules.joined_queue();
        position_ = state_.waiters.insert(state_.waiters.end(), &waiter_);
    }
    QueuePlace(const QueuePlace&) = delete;
    QueuePlace& operator=(const QueuePlace&) = delete;
    ~QueuePlace() {
        if (waiter_.queued) {
            state_.waiters.erase(position_);
            state_.rules.left_queue();
        }
        state_.give_back(std::move(waiter_.connection));
    }

private:
    State& state_;
    Waiter& waiter_;
    std::list<Waiter*>::iterator position_;
};

Pool::State::State(asio::any_io_executor executor_in, Settings settings_in)
    : executor(std::move(executor_in)),
      settings(std::move(settings_in)),
      server(describe_server(settings)),
      rules(settings.pool_size, settings.max_waiters),
      reconnect(settings.reconnect_maximum),
      logger("pg.pool"),
      changed(executor),
      tasks(executor, "pg.pool") {}

void Pool::State::open() {
    if (is_open) {
        return;
    }
    const auto valid = check(settings);
    if (!valid) {
        throw std::invalid_argument(valid.error().detail);
    }
    plan = *make_plan(settings);
    is_open = true;
    tasks.spawn("connector", maintain(shared_from_this()));
}

void Pool::State::shut() {
    rules.close();
    refuse_vain_waiters();
    while (!idle.empty()) {
        idle.pop_back();
        rules.lost_idle();
    }
    tasks.cancel();
}

net::Deadline Pool::State::statement_deadline(std::optional<net::Deadline> wanted) const {
    return wanted.value_or(net::deadline_in(settings.statement_timeout + std::chrono::seconds(1)));
}

asio::awaitable<base::Result<std::unique_ptr<Connection>>> Pool::State::take(net::Deadline deadline
) {
    // Idle ones that died meanwhile are dropped on the way.
    while (rules.ask() == PoolRules::Answer::take_idle) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        if (connection->is_alive()) {
            rules.took_idle();
            co_return connection;
        }
        rules.lost_idle();
        changed.notify();
    }
    const auto answer = is_open ? rules.ask() : PoolRules::Answer::refuse_closed;
    if (answer == PoolRules::Answer::wait) {
        auto connection = co_await wait_in_queue(deadline);
        co_return connection;
    }
    co_return std::unexpected(refusal(answer));
}

asio::awaitable<base::Result<std::unique_ptr<Connection>>> Pool::State::wait_in_queue(
    net::Deadline deadline
) {
    Waiter waiter(executor);
    const QueuePlace queue_place(*this, waiter);
    changed.notify();
    while (!waiter.connection && !waiter.refusal) {
        const bool in_time = co_await waiter.decided.wait_until(deadline);
        if (!in_time) {
            break;
        }
    }
    if (waiter.connection) {
        co_return std::exchange(waiter.connection, nullptr);
    }
    if (waiter.refusal) {
        co_return std::unexpected(*waiter.refusal);
    }
    co_return std::unexpected(make_error(
        base::Errc::unavailable,
        "no PostgreSQL connection became free in time" +
            (last_error.empty() ? "" : ": " + last_error),
        "pool_exhausted"
    ));
}

void Pool::State::give_back(std::unique_ptr<Connection> connection) {
    if (!connection) {
        return;
    }
    const bool reusable = connection->is_reusable();
    place(std::move(connection), rules.came_back(reusable));
}

void Pool::State::place(std::unique_ptr<Connection> connection, PoolRules::Place where) {
    switch (where) {
        case PoolRules::Place::waiter: {
            auto* waiter = waiters.front();
            waiters.pop_front();
            waiter->queued = false;
            waiter->connection = std::move(connection);
            waiter->decided.notify();
            break;
        }
        case PoolRules::Place::idle:
            idle.push_back(std::move(connection));
            break;
        case PoolRules::Place::closed:
            connection.reset();
            // If the server went away, the idle ones are gone as well and those who wait should
            // know.
            changed.notify();
            break;
    }
}

asio::awaitable<void> Pool::State::maintain(std::shared_ptr<State> self) {
    while (!self->rules.is_closed()) {
        self->drop_dead_idle();
        self->refuse_vain_waiters();
        const auto now = std::chrono::steady_clock::now();
        const bool wanted = self->rules.wants_connection();
        if (wanted && self->reconnect.next_try() <= now) {
            co_await self->connect();
        } else {
            const auto next_look = now + self->settings.idle_check;
            const auto until = wanted ? std::min(self->reconnect.next_try(), next_look) : next_look;
            co_await self->changed.wait_until(until);
        }
    }
}

asio::awaitable<void> Pool::State::connect() {
    auto connection =
        co_await Connection::open(executor, plan, net::deadline_in(settings.connect_timeout));
    if (!connection) {
        note_failure(connection.error());
        co_return;
    }
    note_success();
    place(std::move(*connection), rules.connected());
}

void Pool::State::note_failure(const base::Error& error) {
    const bool is_news = last_error != error.detail;
    ++connect_failures;
    last_error = error.detail;
    rules.connect_failed();
    reconnect.failed(std::chrono::steady_clock::now());
    if (is_news) {
        logger.warning("cannot connect to PostgreSQL at {}: {}", server, last_error);
    }
}

void Pool::State::note_success() {
    ++connects;
    reconnect.succeeded();
    if (!last_error.empty()) {
        logger.info("connected to PostgreSQL at {} again", server);
        last_error.clear();
    }
}

void Pool::State::drop_dead_idle() {
    const auto dead =
        std::erase_if(idle, [](const auto& connection) { return !connection->is_alive(); });
    for (std::size_t count = 0; count < dead; ++count) {
        rules.lost_idle();
    }
}

void Pool::State::refuse_vain_waiters() {
    if (!rules.waiting_is_vain()) {
        return;
    }
    const auto answer =
        rules.is_closed() ? PoolRules::Answer::refuse_closed : PoolRules::Answer::refuse_down;
    for (auto* waiter : std::exchange(waiters, {})) {
        rules.left_queue();
        waiter->queued = false;
        waiter->refusal = refusal(answer);
        waiter->decided.notify();
    }
}

base::Error Pool::State::refusal(PoolRules::Answer answer) const {
    switch (answer) {
        case PoolRules::Answer::refuse_full:
            return make_error(
                base::Errc::unavailable,
                "too many callers wait for a PostgreSQL connection",
                "pool_exhausted"
            );
        case PoolRules::Answer::refuse_closed:
            return make_error(base::Errc::canceled, "the PostgreSQL pool is not open");
        default:
            return away();
    }
}

base::Error Pool::State::away() const {
    return make_error(base::Errc::unavailable, "PostgreSQL is away: " + last_error);
}

Pool::Pool(asio::any_io_executor executor, Settings settings)
    : state_(std::make_shared<State>(std::move(executor), std::move(settings))) {}

Pool::~Pool() { state_->shut(); }

asio::awaitable<void> Pool::open() {
    state_->open();
    co_return;
}

bool Pool::is_ready() const { return state_->rules.is_ready(); }
std::string Pool::last_error() const { return state_->last_error; }
const Settings& Pool::settings() const { return state_->settings; }

Pool::Stats Pool::stats() const {
    return {
        .open = state_->rules.open(),
        .idle = state_->rules.idle(),
        .waiting = state_->rules.waiting(),
        .connects = state_->connects,
        .connect_failures = state_->connect_failures,
        .refused = state_->refused,
    };
}

asio::awaitable<base::Result<Session>> Pool::acquire(std::optional<net::Deadline> deadline) {
    const auto state = state_;
    const auto until = deadline.value_or(net::deadline_in(state->settings.acquire_timeout));
    auto connection = co_await state->take(until);
    if (!connection) {
        ++state->refused;
        co_return std::unexpected(std::move(connection.error()));
    }
    co_return Session(std::make_unique<Session::State>(state, std::move(*connection)));
}

asio::awaitable<base::Result<Rows>> Pool::execute(
    std::string sql, Params params, std::optional<net::Deadline> deadline
) {
    auto session = co_await acquire(deadline);
    if (!session) {
        co_return std::unexpected(std::move(session.error()));
    }
    auto rows = co_await session->execute(std::move(sql), std::move(params), deadline);
    co_return rows;
}

asio::awaitable<base::Result<std::vector<Rows>>> Pool::pipeline(
    std::vector<Query> queries, std::optional<net::Deadline> deadline
) {
    auto session = co_await acquire(deadline);
    if (!session) {
        co_return std::unexpected(std::move(session.error()));
    }
    auto rows = co_await session->pipeline(std::move(queries), deadline);
    co_return rows;
}

bool Pool::may_repeat_transaction(const base::Error& error) { return may_repeat(error.native); }

asio::awaitable<void> Pool::close() {
    const auto state = state_;
    state->shut();
    co_await state->tasks.join();
}

}  // namespace trunkline::pg
