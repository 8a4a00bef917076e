#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/asio.hpp"
#include "pg/settings.hpp"

namespace trunkline::pg {

/// LISTEN/NOTIFY on a connection of its own, which it opens again whenever it is lost.
/// Notifications sent meanwhile are lost, as PostgreSQL keeps none: on_gap() tells when to look at
/// the tables instead. One executor, not thread-safe.
class Listener {
public:
    using Handler = std::function<void(std::string payload)>;

    Listener(asio::any_io_executor executor, Settings settings);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// `handler` gets the channel's payloads in the order of their commits. It must not block; what
    /// it throws is logged. Before start() only; several handlers may share a channel.
    void on(std::string channel, Handler handler);

    /// Called after every connect, the first one too, when LISTEN is in force and before the first
    /// payload: whatever was committed until now must be looked up, whatever comes later will be
    /// told. Before start() only.
    void on_gap(std::function<void()> handler);

    /// Starts connecting in the background. Throws std::invalid_argument if check(settings) fails.
    void start();

    /// Whether LISTEN is in force as far as is known. A silently dead connection is found out
    /// within listen_check and the connect timeout.
    bool is_listening() const;

    /// Ends the background task. No handler runs afterwards. May be called again.
    asio::awaitable<void> stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace trunkline::pg
