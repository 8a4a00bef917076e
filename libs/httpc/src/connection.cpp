#include "connection.hpp"

#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <utility>
#include <vector>

#include "net/address.hpp"
#include "net/resolve.hpp"
#include "net/timeout.hpp"

namespace trunkline::httpc {
namespace {

using ErrorCode = boost::system::error_code;
using asio::ip::tcp;

void throw_if_canceled(const ErrorCode& error) {
    if (error == asio::error::operation_aborted) {
        throw boost::system::system_error(error);
    }
}

tcp::endpoint to_endpoint(const net::IpAddress& address, std::uint16_t port) {
    if (!address.is_v4()) {
        return {asio::ip::address_v6(address.bytes), port};
    }
    asio::ip::address_v4::bytes_type bytes{};
    std::copy_n(address.bytes.begin() + 12, bytes.size(), bytes.begin());
    return {asio::ip::address_v4(bytes), port};
}

base::Error connect_error(const Url& url, const ErrorCode& error) {
    const char* name = error.category() == boost::system::system_category()
                           ? strerrorname_np(error.value())
                           : nullptr;
    return {
        .code = base::Errc::unavailable,
        .detail = "cannot connect to " + url.origin() + ": " + error.message(),
        .fields = {},
        .native = name != nullptr ? name : "",
    };
}

asio::awaitable<ErrorCode> connect(tcp::socket& socket, tcp::endpoint endpoint) {
    auto [error] = co_await socket.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
    co_return error;
}

asio::awaitable<ErrorCode> handshake(TlsStream& stream) {
    auto [error] = co_await stream.async_handshake(
        asio::ssl::stream_base::client, asio::as_tuple(asio::use_awaitable)
    );
    co_return error;
}

base::Error late(const Url& url) {
    return {
        .code = base::Errc::timeout,
        .detail = "no connection to " + url.origin() + " in time",
        .fields = {},
        .native = {},
    };
}

}  // namespace

asio::awaitable<base::Result<std::unique_ptr<Connection>>> Connection::open(
    const Url& url, Reach reach, asio::ssl::context* tls, net::Deadline deadline
) {
    auto addresses = co_await net::resolve(url.host, deadline);
    if (addresses && reach == Reach::public_only) {
        addresses = keep_public(*addresses);
    }
    if (!addresses) {
        co_return std::unexpected(std::move(addresses.error()));
    }
    auto executor = co_await asio::this_coro::executor;
    base::Error last = late(url);
    for (std::size_t i = 0; i < addresses->size(); ++i) {
        // Each address has an even share of what is left, so that one black hole does not hide the
        // others.
        const auto share = net::time_left(deadline) / static_cast<int>(addresses->size() - i);
        auto connection = std::make_unique<Connection>(executor);
        const auto endpoint = to_endpoint((*addresses)[i], url.port);
        auto error = co_await net::with_deadline(
            connect(connection->socket_, endpoint), net::deadline_in(share)
        );
        if (error && !*error) {
            auto ready = co_await connection->shake_hands(url, tls, deadline);
            if (!ready) {
                co_return std::unexpected(std::move(ready.error()));
            }
            co_return connection;
        }
        throw_if_canceled(error.value_or(ErrorCode{}));
        last = error ? connect_error(url, *error) : late(url);
    }
    co_return std::unexpected(std::move(last));
}

asio::awaitable<base::Result<>> Connection::shake_hands(
    const Url& url, asio::ssl::context* tls, net::Deadline deadline
) {
    ErrorCode ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    if (!url.is_tls()) {
        co_return base::Result<>{};
    }
    tls_.emplace(socket_, *tls);
    if (!set_peer_name(*tls_, url.host)) {
        co_return base::fail(
            base::Errc::internal, "TLS: the name of " + url.origin() + " cannot be set"
        );
    }
    const auto error = co_await net::with_deadline(handshake(*tls_), deadline);
    if (!error) {
        co_return std::unexpected(late(url));
    }
    throw_if_canceled(*error);
    if (*error) {
        const auto reason = describe_handshake_error(*tls_, *error);
        co_return base::fail(
            base::Errc::unavailable, "no TLS with " + url.origin() + ": " + reason
        );
    }
    co_return base::Result<>{};
}

asio::awaitable<Transfer> Connection::write(std::string_view data) {
    const auto buffer = asio::buffer(data);
    Transfer done;
    if (tls_) {
        auto [error, bytes] =
            co_await asio::async_write(*tls_, buffer, asio::as_tuple(asio::use_awaitable));
        done = {error, bytes};
    } else {
        auto [error, bytes] =
            co_await asio::async_write(socket_, buffer, asio::as_tuple(asio::use_awaitable));
        done = {error, bytes};
    }
    throw_if_canceled(done.error);
    co_return done;
}

asio::awaitable<Transfer> Connection::read(std::span<char> buffer) {
    const auto target = asio::buffer(buffer.data(), buffer.size());
    Transfer done;
    if (tls_) {
        auto [error, bytes] =
            co_await tls_->async_read_some(target, asio::as_tuple(asio::use_awaitable));
        done = {error, bytes};
    } else {
        auto [error, bytes] =
            co_await socket_.async_read_some(target, asio::as_tuple(asio::use_awaitable));
        done = {error, bytes};
    }
    throw_if_canceled(done.error);
    co_return done;
}

bool Connection::is_quiet() {
    if (tls_ && SSL_pending(tls_->native_handle()) > 0) {
        return false;
    }
    char byte = 0;
    const auto got = recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace trunkline::httpc
