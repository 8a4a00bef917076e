#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ami/client.hpp"
#include "base/error.hpp"
#include "net/asio.hpp"

namespace trunkline::ami {

/// TLS 1.2 or newer. Throws std::runtime_error if the ca_file cannot be used.
asio::ssl::context make_tls_context(const ClientSettings& settings);

/// One TCP connection, with TLS over it or without. A cancel of an await throws operation_aborted.
class Connection {
public:
    explicit Connection(const asio::any_io_executor& executor) : socket_(executor) {}

    /// `unavailable` or `timeout`. `tls` may be null if the settings want none.
    static asio::awaitable<base::Result<std::unique_ptr<Connection>>> open(
        ClientSettings settings, asio::ssl::context* tls, net::Deadline deadline
    );

    /// At least one byte; none: the connection has ended, `error` says how.
    asio::awaitable<std::size_t> read(std::span<char> buffer, std::string& error);
    /// False: the connection has ended.
    asio::awaitable<bool> write(std::string data);

private:
    asio::awaitable<base::Result<>> shake_hands(
        const ClientSettings& settings, asio::ssl::context* tls, net::Deadline deadline
    );

    asio::ip::tcp::socket socket_;
    std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
};

}  // namespace trunkline::ami
