#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/asio.hpp"
#include "redis/settings.hpp"

namespace trunkline::redis {

/// Listens to channels on a connection of its own, which comes back by itself and then subscribes
/// again. Redis keeps no messages: what was published meanwhile is lost, and on_gap says when to
/// look at the source again. Belongs to the one thread of its executor. Handlers run on it and must
/// not block; what they throw is logged.
class Subscriber {
public:
    using MessageHandler = std::function<void(std::string message)>;

    /// Throws std::invalid_argument if the URL is wrong. max_in_flight does not matter here.
    Subscriber(asio::any_io_executor executor, const Settings& settings);
    /// Without a stop() before, what runs is cancelled and ends a little later.
    ~Subscriber();
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;

    /// One handler for each channel; a second one replaces the first. May be called before and
    /// after start().
    void on(std::string channel, MessageHandler handler);
    /// Called each time when all channels are subscribed to: after the first and every further
    /// connect, and after a later on(). From then on no message is missed until the next call.
    void on_gap(std::function<void()> handler);

    /// Begins to connect, for ever; returns at once.
    void start();
    /// Whether all channels are subscribed to now.
    bool is_subscribed() const;
    /// Why the last connection or try failed; empty if none has since the last success.
    std::string last_error() const;
    /// No handler is called after it. Returns when nothing runs.
    asio::awaitable<void> stop();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace trunkline::redis
