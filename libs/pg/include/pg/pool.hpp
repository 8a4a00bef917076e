#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "net/asio.hpp"
#include "pg/params.hpp"
#include "pg/rows.hpp"
#include "pg/settings.hpp"

namespace trunkline::pg {

/// Error.native when the connection was lost or the deadline passed after a statement that commits
/// was sent and before its answer came: the server may or may not have done the work. Idempotent
/// work may be repeated.
inline constexpr std::string_view commit_unknown = "commit_unknown";

/// How errors come back, here and in Pool (Error.native is the SQLSTATE where the server gave one):
///   conflict       23505, a unique key exists already
///   invalid_input  the rest of 23 (constraints) and 22 (data), a NUL octet in a parameter
///   too_large      54, a limit of the server's
///   timeout        57014 statement_timeout, 55P03 lock_timeout, our own deadline
///   unavailable    08, 53, 57P, 40001/40P01 (rolled back, may be repeated), 25006 (a standby),
///   25P03, connection lost internal       everything else: the statement itself is wrong
/// Transaction-control statements go through begin/commit/rollback or Pool::transaction.
///
/// One borrowed connection; goes back to its pool when destroyed, and is closed instead if it was
/// left dirty: inside a transaction, cancelled, timed out or lost. One statement at a time; not
/// thread-safe. Cancelling a coroutine that waits here closes the connection, so the server ends
/// the statement within two seconds, unless it has committed before.
class Session {
public:
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    ~Session();

    /// One statement, prepared once per connection and SQL text. Default deadline:
    /// statement_timeout and a second.
    asio::awaitable<base::Result<Rows>> execute(
        std::string sql, Params params = {}, std::optional<net::Deadline> deadline = {}
    );

    /// All in one round trip. Outside a transaction they are one implicit transaction: an error
    /// undoes all of them. The error is that of the first that failed; its detail begins with
    /// `query 2 of 5: `.
    asio::awaitable<base::Result<std::vector<Rows>>> pipeline(
        std::vector<Query> queries, std::optional<net::Deadline> deadline = {}
    );

    /// Several statements separated by `;` without parameters (simple protocol), one implicit
    /// transaction unless the text itself says otherwise. The rows of the last one.
    asio::awaitable<base::Result<Rows>> script(
        std::string sql, std::optional<net::Deadline> deadline = {}
    );

    asio::awaitable<base::Result<>> begin();
    /// Fails as internal if the transaction had failed before: PostgreSQL answers such a COMMIT by
    /// rolling back.
    asio::awaitable<base::Result<>> commit();
    asio::awaitable<base::Result<>> rollback();

    bool in_transaction() const;
    /// The server process that serves this connection, pg_backend_pid().
    int backend_pid() const;
    /// Closes the connection at the end instead of pooling it: after SET or LISTEN.
    void discard();

private:
    friend class Pool;
    struct State;
    explicit Session(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

/// Bounded connections to one database, opened when needed. One background task connects, with
/// growing jittered pauses while the server is away; meanwhile acquire() fails at once. One
/// executor, not thread-safe. close() before destroying; sessions that are still out are closed
/// when they come back.
class Pool {
public:
    struct Stats {
        std::size_t open = 0;
        std::size_t idle = 0;
        std::size_t waiting = 0;
        std::uint64_t connects = 0;
        std::uint64_t connect_failures = 0;
        std::uint64_t refused = 0;  ///< acquire() that got no connection, for whatever reason.
    };

    Pool(asio::any_io_executor executor, Settings settings);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// Starts connecting in the background and returns. Throws std::invalid_argument if
    /// check(settings) fails.
    asio::awaitable<void> open();

    /// Whether a connection is open as far as is known; an idle one's death is noticed within
    /// Settings::idle_check.
    bool is_ready() const;
    /// Why the last try to connect failed; empty after a success.
    std::string last_error() const;
    Stats stats() const;
    const Settings& settings() const;

    /// A connection. `unavailable` (nothing was done) if the server is away, too many wait already,
    /// none became free by the deadline (default: acquire_timeout; native `pool_exhausted`) or the
    /// pool is closed.
    asio::awaitable<base::Result<Session>> acquire(std::optional<net::Deadline> deadline = {});

    /// acquire() and Session::execute(). The deadline covers both.
    asio::awaitable<base::Result<Rows>> execute(
        std::string sql, Params params = {}, std::optional<net::Deadline> deadline = {}
    );
    asio::awaitable<base::Result<std::vector<Rows>>> pipeline(
        std::vector<Query> queries, std::optional<net::Deadline> deadline = {}
    );

    /// BEGIN, `body`, COMMIT; ROLLBACK if `body` returns an error or throws. The whole is repeated
    /// once after a serialization failure, a deadlock or an outdated plan, so `body` may run twice.
    /// If the connection is lost during COMMIT the error is `unavailable` or `timeout` with native
    /// `commit_unknown`.
    template <class T>
    asio::awaitable<base::Result<T>> transaction(
        std::function<asio::awaitable<base::Result<T>>(Session&)> body
    ) {
        for (bool last_try = false;; last_try = true) {
            auto session = co_await acquire();
            if (!session) {
                co_return std::unexpected(std::move(session.error()));
            }
            auto outcome = co_await run_transaction<T>(*session, body);
            if (outcome || last_try || !may_repeat_transaction(outcome.error())) {
                co_return outcome;
            }
        }
    }

    /// Ends the background task, closes idle connections, and fails everybody who waits with
    /// `canceled`. May be called again.
    asio::awaitable<void> close();

private:
    friend class Session;
    struct State;

    static bool may_repeat_transaction(const base::Error& error);

    template <class T>
    static asio::awaitable<base::Result<T>> run_transaction(
        Session& session, const std::function<asio::awaitable<base::Result<T>>(Session&)>& body
    ) {
        const auto begun = co_await session.begin();
        if (!begun) {
            co_return std::unexpected(begun.error());
        }
        auto outcome = co_await body(session);
        if (!outcome) {
            // What went wrong is known already; a failed rollback only closes the connection.
            (void)co_await session.rollback();
            co_return outcome;
        }
        const auto committed = co_await session.commit();
        if (!committed) {
            co_return std::unexpected(committed.error());
        }
        co_return outcome;
    }

    std::shared_ptr<State> state_;
};

}  // namespace trunkline::pg
