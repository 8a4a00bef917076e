#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "httpc/guard.hpp"
#include "httpc/url.hpp"
#include "net/asio.hpp"
#include "tls.hpp"

namespace trunkline::httpc {

struct Transfer {
    boost::system::error_code error;
    std::size_t bytes = 0;
};

/// One TCP connection, with TLS over it or without. Its destructor closes it. A cancel of any of
/// its awaits throws operation_aborted; the connection is good for nothing then.
class Connection {
public:
    explicit Connection(const asio::any_io_executor& executor) : socket_(executor) {}

    /// Resolves, connects and, if `url` is https, shakes hands by `tls` (else it may be null).
    /// `forbidden` if `reach` leaves no address, otherwise `unavailable` or `timeout`.
    static asio::awaitable<base::Result<std::unique_ptr<Connection>>> open(
        const Url& url, Reach reach, asio::ssl::context* tls, net::Deadline deadline
    );

    /// Writes all of it. On an error `bytes` were taken by the system before; with TLS, whole
    /// records.
    asio::awaitable<Transfer> write(std::string_view data);
    /// Reads what is there, at least a byte unless there is an error.
    asio::awaitable<Transfer> read(std::span<char> buffer);

    /// Whether the peer has neither closed nor said a word unasked.
    bool is_quiet();

    base::SteadyTime idle_since{};

private:
    asio::awaitable<base::Result<>> shake_hands(
        const Url& url, asio::ssl::context* tls, net::Deadline deadline
    );

    asio::ip::tcp::socket socket_;
    std::optional<TlsStream> tls_;
};

}  // namespace trunkline::httpc
