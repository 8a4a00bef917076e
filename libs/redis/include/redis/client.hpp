#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "net/asio.hpp"
#include "redis/reply.hpp"
#include "redis/settings.hpp"

namespace trunkline::redis {

/// One connection to Redis that carries the commands of all callers, pipelined in order, and comes
/// back by itself. A cache must not hold anybody up: while Redis is away every command fails at
/// once with `unavailable`. Belongs to the one thread of its executor.
///
/// Errors of commands: `unavailable` (not connected, lost meanwhile, or too much in flight),
/// `timeout` (no reply in time; whether it was done is unknown), `canceled` (after stop()), and
/// those of to_error(). A caller that is cancelled or whose deadline passes leaves the connection
/// to the others; its reply is thrown away. A connection without a reply for command_timeout is
/// closed, for then the peer is as good as gone.
class Client {
public:
    /// Throws std::invalid_argument if the URL is wrong.
    Client(asio::any_io_executor executor, const Settings& settings);
    /// Without a stop() before, what runs is cancelled and ends a little later.
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Begins to connect, for ever; returns at once.
    void start();
    /// Whether a command would be sent now.
    bool is_connected() const;
    /// Why the last connection or try failed; empty if none has since the last success.
    std::string last_error() const;

    /// One command. An error reply comes back as an error, see to_error().
    asio::awaitable<base::Result<Reply>> command(
        Words words, std::optional<net::Deadline> deadline = std::nullopt
    );

    /// Several commands in one go; they are neither atomic nor undone. One reply for each, error
    /// replies as they are.
    asio::awaitable<base::Result<std::vector<Reply>>> pipeline(
        std::vector<Words> commands, std::optional<net::Deadline> deadline = std::nullopt
    );

    /// Nothing: there is no such key.
    asio::awaitable<base::Result<std::optional<std::string>>> get(
        std::string key, std::optional<net::Deadline> deadline = std::nullopt
    );
    /// The key vanishes after `ttl`; zero: never.
    asio::awaitable<base::Result<>> set(
        std::string key,
        std::string value,
        std::chrono::milliseconds ttl,
        std::optional<net::Deadline> deadline = std::nullopt
    );
    /// How many of them there were.
    asio::awaitable<base::Result<std::int64_t>> del(
        std::vector<std::string> keys, std::optional<net::Deadline> deadline = std::nullopt
    );
    /// How many subscribers got it.
    asio::awaitable<base::Result<std::int64_t>> publish(
        std::string channel,
        std::string message,
        std::optional<net::Deadline> deadline = std::nullopt
    );

    /// Closes the connection; commands in flight and later ones fail with `canceled`. Returns when
    /// nothing runs.
    asio::awaitable<void> stop();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace trunkline::redis
