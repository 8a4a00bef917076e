#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "net/asio.hpp"

namespace trunkline::httpd {

/// The server's side of one WebSocket. Pings, pongs, limits and the closing handshake run by
/// themselves. Several coroutines of the connection's executor may send; one may receive. When the
/// peer has gone the handler has a second to end by itself, then its await throws
/// operation_aborted; on drain it throws at once and the peer gets 1001. The handler's return
/// closes with 1000, its exception with 1011.
class WebSocket {
public:
    struct Impl;

    explicit WebSocket(std::unique_ptr<Impl> impl);
    ~WebSocket();
    WebSocket(const WebSocket&) = delete;
    WebSocket& operator=(const WebSocket&) = delete;

    /// The next message. Nothing: the peer closed in an orderly way. Errors: unavailable
    /// (connection lost, silent too long), too_large, malformed (protocol broken), timeout (no
    /// message by the deadline; try again).
    asio::awaitable<base::Result<std::optional<std::string>>> receive(
        net::Deadline deadline = net::Deadline::max()
    );
    /// Queues a text message; waits while the queue is full. unavailable: closed, or the peer took
    /// nothing for the write timeout. Success means queued, not arrived.
    asio::awaitable<base::Result<>> send(std::string message);
    asio::awaitable<base::Result<>> send_binary(std::string message);
    /// Sends what is queued, then the close frame. The handler should return after it.
    asio::awaitable<void> close(std::uint16_t code = 1000, std::string reason = {});

    bool is_open() const;
    /// The negotiated subprotocol, empty if none.
    std::string_view subprotocol() const;

    Impl& impl() { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace trunkline::httpd
