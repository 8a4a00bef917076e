#include "pg/listener.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "connection.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"
#include "pool_rules.hpp"
#include "text_format.hpp"

namespace trunkline::pg {

struct Listener::State {
    State(asio::any_io_executor executor_in, Settings settings_in)
        : executor(std::move(executor_in)),
          settings(std::move(settings_in)),
          reconnect(settings.reconnect_maximum),
          logger("pg.listener"),
          tasks(executor, "pg.listener") {}

    static asio::awaitable<void> listen_for_ever(std::shared_ptr<State> self);
    asio::awaitable<base::Result<>> listen();
    asio::awaitable<base::Result<>> subscribe(Connection& connection);
    asio::awaitable<base::Result<>> follow(Connection& connection);
    asio::awaitable<base::Result<>> ask_for_life(Connection& connection);
    void dispatch(Connection& connection);
    template <class Call>
    void guarded(const std::string& what, const Call& call);
    void note_loss(const base::Error& error);

    asio::any_io_executor executor;
    Settings settings;
    ConnectPlan plan;
    std::vector<std::pair<std::string, Handler>> handlers;
    std::vector<std::function<void()>> gap_handlers;
    ReconnectRules reconnect;
    std::string last_error;
    bool listening = false;
    bool started = false;
    base::Logger logger;
    net::TaskGroup tasks;
};

asio::awaitable<void> Listener::State::listen_for_ever(std::shared_ptr<State> self) {
    net::Event pause(self->executor);
    for (;;) {
        const auto ended = co_await self->listen();
        self->listening = false;
        self->note_loss(ended.error());
        self->reconnect.failed(std::chrono::steady_clock::now());
        (void)co_await pause.wait_until(self->reconnect.next_try());
    }
}

// From connecting to the loss of the connection: always ends with an error.
asio::awaitable<base::Result<>> Listener::State::listen() {
    auto connection =
        co_await Connection::open(executor, plan, net::deadline_in(settings.connect_timeout));
    if (!connection) {
        co_return std::unexpected(std::move(connection.error()));
    }
    const auto subscribed = co_await subscribe(**connection);
    if (!subscribed) {
        co_return subscribed;
    }
    if (!last_error.empty()) {
        logger.info("listening to PostgreSQL again");
        last_error.clear();
    }
    reconnect.succeeded();
    listening = true;
    for (const auto& handler : gap_handlers) {
        guarded("the gap handler", handler);
    }
    const auto lost = co_await follow(**connection);
    co_return lost;
}

asio::awaitable<base::Result<>> Listener::State::subscribe(Connection& connection) {
    std::string sql;
    for (const auto& [channel, handler] : handlers) {
        sql += "LISTEN " + quote_identifier(channel) + ";";
    }
    if (sql.empty()) {
        co_return base::Result<>();
    }
    const auto done =
        co_await connection.script(std::move(sql), net::deadline_in(settings.connect_timeout));
    co_return done ? base::Result<>() : std::unexpected(done.error());
}

asio::awaitable<base::Result<>> Listener::State::follow(Connection& connection) {
    for (;;) {
        // Payloads may have come together with the answer to LISTEN or to the sign of life, so
        // first look, then wait.
        dispatch(connection);
        const auto heard =
            co_await connection.wait_for_input(net::deadline_in(settings.listen_check));
        if (!heard) {
            co_return std::unexpected(heard.error());
        }
        if (!*heard) {
            const auto alive = co_await ask_for_life(connection);
            if (!alive) {
                co_return alive;
            }
        }
    }
}

asio::awaitable<base::Result<>> Listener::State::ask_for_life(Connection& connection) {
    std::vector<Query> queries(1);
    queries.front().sql = "SELECT 1";
    const auto answer =
        co_await connection.run(queries, net::deadline_in(settings.connect_timeout));
    co_return answer ? base::Result<>() : std::unexpected(answer.error());
}

void Listener::State::dispatch(Connection& connection) {
    for (auto notification = connection.take_notification(); notification;
         notification = connection.take_notification()) {
        for (const auto& [channel, handler] : handlers) {
            if (channel == notification->channel) {
                guarded("the handler of " + channel, [&] { handler(notification->payload); });
            }
        }
    }
}

template <class Call>
void Listener::State::guarded(const std::string& what, const Call& call) {
    try {
        call();
    } catch (const std::exception& error) {
        logger.error("{} threw: {}", what, error.what());
    }
}

void Listener::State::note_loss(const base::Error& error) {
    if (last_error != error.detail) {
        logger.warning("not listening to PostgreSQL: {}", error.detail);
    }
    last_error = error.detail.empty() ? "lost" : error.detail;
}

Listener::Listener(asio::any_io_executor executor, Settings settings)
    : state_(std::make_shared<State>(std::move(executor), std::move(settings))) {}

Listener::~Listener() { state_->tasks.cancel(); }

void Listener::on(std::string channel, Handler handler) {
    if (state_->started) {
        throw std::logic_error("Listener::on after start");
    }
    state_->handlers.emplace_back(std::move(channel), std::move(handler));
}

void Listener::on_gap(std::function<void()> handler) {
    if (state_->started) {
        throw std::logic_error("Listener::on_gap after start");
    }
    state_->gap_handlers.push_back(std::move(handler));
}

void Listener::start() {
    const auto valid = check(state_->settings);
    if (!valid) {
        throw std::invalid_argument(valid.error().detail);
    }
    if (!std::exchange(state_->started, true)) {
        state_->plan = *make_plan(state_->settings);
        state_->tasks.spawn("listen", State::listen_for_ever(state_));
    }
}

bool Listener::is_listening() const { return state_->listening; }

asio::awaitable<void> Listener::stop() {
    const auto state = state_;
    state->tasks.cancel();
    co_await state->tasks.join();
    state->listening = false;
}

}  // namespace trunkline::pg
