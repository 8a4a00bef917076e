#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>

#include "net/address.hpp"
#include "net/asio.hpp"

namespace trunkline::httpd {

/// A connection's bytes. Reads and writes never wait; waiting is separate, so that a connection
/// that waits holds no buffer and an answer that fits the socket's buffer costs no trip through the
/// event loop. The fuzzer brings one of memory.
class Transport {
public:
    virtual ~Transport() = default;

    enum class Status { ok, would_block, closed };
    struct Outcome {
        Status status = Status::ok;
        std::size_t bytes = 0;
    };
    using Waited = std::tuple<boost::system::error_code>;

    /// `closed` at the end of the stream and on errors.
    virtual Outcome read_some(std::span<char> out) = 0;
    virtual Outcome write_some(std::string_view first, std::string_view second) = 0;
    /// Ends when a read or write is worth trying, or by interrupt(). One of each at a time.
    virtual asio::awaitable<Waited> wait_readable() = 0;
    virtual asio::awaitable<Waited> wait_writable() = 0;
    virtual void interrupt() = 0;
    virtual void shutdown_send() = 0;
    virtual void close() = 0;
    virtual const net::IpAddress& peer() const = 0;
    /// The socket, for Beast's WebSocket to take over; null if there is none.
    virtual asio::ip::tcp::socket* socket() = 0;
};

class SocketTransport final : public Transport {
public:
    SocketTransport(asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer);

    Outcome read_some(std::span<char> out) override;
    Outcome write_some(std::string_view first, std::string_view second) override;
    asio::awaitable<Waited> wait_readable() override;
    asio::awaitable<Waited> wait_writable() override;
    void interrupt() override;
    void shutdown_send() override;
    void close() override;
    const net::IpAddress& peer() const override { return peer_; }
    asio::ip::tcp::socket* socket() override { return &socket_; }

private:
    asio::ip::tcp::socket socket_;
    net::IpAddress peer_;
};

}  // namespace trunkline::httpd
