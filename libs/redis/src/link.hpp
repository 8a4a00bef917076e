#pragma once

#include <memory>
#include <string>

#include "base/log.hpp"
#include "net/asio.hpp"
#include "net/task_group.hpp"
#include "protocol.hpp"
#include "reconnect.hpp"
#include "redis/settings.hpp"
#include "url.hpp"

namespace trunkline::redis {

/// Does what a Protocol decides: connects, reads, writes, watches the clock, and connects again.
/// One thread.
class Link {
public:
    /// `protocol` must live as long as this.
    Link(
        asio::any_io_executor executor,
        Address address,
        const Settings& settings,
        const std::string& name,
        Protocol& protocol
    );
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    void start();
    /// The protocol has output or an earlier deadline.
    void wake();
    const std::string& last_error() const { return reconnect_.last_error(); }
    bool is_stopped() const { return stopped_; }

    /// Closes the connection for good. Returns when the tasks have ended.
    asio::awaitable<void> stop();
    /// For destructors, which cannot wait: closes the connection and keeps `owner`, which owns this
    /// Link, alive until the tasks have ended.
    void abandon(std::shared_ptr<void> owner);

private:
    struct Connection;
    using ConnectionPointer = std::shared_ptr<Connection>;

    asio::awaitable<void> run();
    asio::awaitable<base::Result<>> connect(Connection& connection);
    asio::awaitable<void> serve(ConnectionPointer connection);
    asio::awaitable<void> write_loop(ConnectionPointer connection);
    asio::awaitable<void> watch_loop(ConnectionPointer connection);
    asio::awaitable<void> outlive(std::shared_ptr<void> owner);
    void close();
    void lose(Connection& connection, const base::Error& reason);
    void note_success();
    std::chrono::milliseconds note_failure();

    asio::any_io_executor executor_;
    Address address_;
    std::chrono::milliseconds connect_timeout_;
    Protocol& protocol_;
    Reconnect reconnect_;
    base::Logger logger_;
    net::TaskGroup tasks_;
    ConnectionPointer current_;
    base::Error reason_;  ///< Why the last connection ended.
    bool stopped_ = false;
};

}  // namespace trunkline::redis
