#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "connection.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"
#include "pg/pool.hpp"
#include "pool_rules.hpp"

namespace trunkline::pg {

/// The pool's connections and queue; the decisions are PoolRules'. Sessions share it, so that they
/// may come back late.
struct Pool::State : std::enable_shared_from_this<Pool::State> {
    /// Somebody in acquire(). Owned by its coroutine.
    struct Waiter {
        explicit Waiter(asio::any_io_executor executor) : decided(std::move(executor)) {}
        net::Event decided;
        bool queued = true;  ///< Still in the list.
        std::unique_ptr<Connection> connection;
        std::optional<base::Error> refusal;
    };
    class QueuePlace;

    State(asio::any_io_executor executor_in, Settings settings_in);

    void open();
    void shut();
    asio::awaitable<base::Result<std::unique_ptr<Connection>>> take(net::Deadline deadline);
    asio::awaitable<base::Result<std::unique_ptr<Connection>>> wait_in_queue(net::Deadline deadline
    );
    void give_back(std::unique_ptr<Connection> connection);

    net::Deadline statement_deadline(std::optional<net::Deadline> wanted) const;

    /// The background task: connects when the rules want it, and looks after idle connections.
    static asio::awaitable<void> maintain(std::shared_ptr<State> self);
    asio::awaitable<void> connect();

    void place(std::unique_ptr<Connection> connection, PoolRules::Place where);
    void drop_dead_idle();
    void refuse_vain_waiters();
    base::Error refusal(PoolRules::Answer answer) const;
    base::Error away() const;
    void note_failure(const base::Error& error);
    void note_success();

    asio::any_io_executor executor;
    Settings settings;
    std::string server;
    ConnectPlan plan;
    PoolRules rules;
    ReconnectRules reconnect;
    std::vector<std::unique_ptr<Connection>> idle;  ///< The most recently used one at the back.
    std::list<Waiter*> waiters;                     ///< Who waits longest is in front.
    std::string last_error;
    std::uint64_t connects = 0;
    std::uint64_t connect_failures = 0;
    std::uint64_t refused = 0;
    bool is_open = false;
    base::Logger logger;
    net::Event changed;
    net::TaskGroup tasks;
};

struct Session::State {
    std::shared_ptr<Pool::State> pool;
    std::unique_ptr<Connection> connection;

    State(std::shared_ptr<Pool::State> pool_in, std::unique_ptr<Connection> connection_in)
        : pool(std::move(pool_in)), connection(std::move(connection_in)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { pool->give_back(std::move(connection)); }
};

}  // namespace trunkline::pg
