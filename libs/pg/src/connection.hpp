#pragma once

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "net/asio.hpp"
#include "net/fd_waiter.hpp"
#include "pg/params.hpp"
#include "pg/rows.hpp"
#include "pipeline_reader.hpp"
#include "plan.hpp"
#include "result_handle.hpp"
#include "statement_cache.hpp"

namespace trunkline::pg {

/// One libpq connection driven by coroutines, always in pipeline mode except during script(). One
/// operation at a time. When an operation is cancelled, times out or loses the server the
/// connection closes itself, since what is on its way can no longer be told apart from the answer
/// to the next statement.
class Connection {
public:
    struct Notification {
        std::string channel;
        std::string payload;
    };

    /// Tries the plan's hosts in order, each with an even share of the time that is left.
    /// `unavailable` with every host's reason.
    static asio::awaitable<base::Result<std::unique_ptr<Connection>>> open(
        asio::any_io_executor executor, const ConnectPlan& plan, net::Deadline deadline
    );

    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// One round trip, one segment. `queries` must outlive the call. The error is that of the first
    /// that failed.
    asio::awaitable<base::Result<std::vector<Rows>>> run(
        const std::vector<Query>& queries, net::Deadline deadline
    );
    asio::awaitable<base::Result<Rows>> script(std::string sql, net::Deadline deadline);
    /// COMMIT, and a failure where the server rolled back instead.
    asio::awaitable<base::Result<>> commit(net::Deadline deadline);

    /// Waits for the server to say something unasked. False: nothing came. `unavailable`: the
    /// connection is lost, and closed.
    asio::awaitable<base::Result<bool>> wait_for_input(net::Deadline deadline);
    std::optional<Notification> take_notification();

    /// Looks, without waiting, whether the server has closed the connection; closes it then.
    bool is_alive();
    /// Open, outside any transaction, and nothing is left of the last statement.
    bool is_reusable() const;
    bool is_closed() const { return !handle_; }
    bool in_transaction() const;
    int backend_pid() const { return handle_ ? PQbackendPID(handle_.get()) : 0; }
    void spoil() { spoiled_ = true; }
    void close();

private:
    struct Finish {
        void operator()(PGconn* handle) const { PQfinish(handle); }
    };
    struct Sent;
    class Operation;

    Connection(asio::any_io_executor executor, const ConnectPlan& plan);

    asio::awaitable<base::Result<>> connect(
        const ConnectPlan& plan, const Endpoint& endpoint, net::Deadline deadline
    );
    asio::awaitable<base::Result<>> handshake(net::Deadline deadline);
    base::Result<> watch_socket();
    base::Result<> prepare_for_use();

    asio::awaitable<base::Result<std::vector<Rows>>> run_once(
        const std::vector<Query>& queries, net::Deadline deadline
    );
    bool send(const std::vector<Query>& queries, Sent& sent);
    bool send_deallocations(Sent& sent);
    bool send_query(const Query& query, std::size_t index, Sent& sent);
    asio::awaitable<base::Result<>> receive(Sent& sent, net::Deadline deadline);
    base::Result<std::vector<Rows>> collect(Sent& sent);
    asio::awaitable<base::Result<>> wait_for_result(net::Deadline deadline);
    asio::awaitable<base::Result<>> receive_script(
        Rows& last, std::optional<base::Error>& error, net::Deadline deadline
    );

    PGTransactionStatusType transaction_status() const;
    base::Error lost() const;
    base::Error goodbye(const PGresult* result, bool commits);
    base::Error take_error(const PGresult* result);

    asio::any_io_executor executor_;
    net::FdWaiter waiter_;
    std::unique_ptr<PGconn, Finish> handle_;
    StatementCache statements_;
    bool busy_ = false;
    bool spoiled_ = false;
};

}  // namespace trunkline::pg
