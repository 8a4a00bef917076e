#include "connection.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "net/address.hpp"
#include "net/resolve.hpp"
#include "net/timeout.hpp"

namespace trunkline::ami {
namespace {

using ErrorCode = boost::system::error_code;
using asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket&>;

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

std::string where(const ClientSettings& settings) {
    return settings.host + ":" + std::to_string(settings.port);
}

}  // namespace

asio::ssl::context make_tls_context(const ClientSettings& settings) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    context.set_options(
        asio::ssl::context::no_sslv2 | asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
        asio::ssl::context::no_tlsv1_1
    );
    context.set_verify_mode(settings.verify_peer ? asio::ssl::verify_peer : asio::ssl::verify_none);
    ErrorCode error;
    if (settings.ca_file.empty()) {
        context.set_default_verify_paths(error);
    } else {
        context.load_verify_file(settings.ca_file.string(), error);
    }
    if (error) {
        throw std::runtime_error(
            "cannot read the certificates of " + settings.ca_file.string() + ": " + error.message()
        );
    }
    return context;
}

asio::awaitable<base::Result<std::unique_ptr<Connection>>> Connection::open(
    ClientSettings settings, asio::ssl::context* tls, net::Deadline deadline
) {
    const auto addresses = co_await net::resolve(settings.host, deadline);
    if (!addresses) {
        co_return std::unexpected(addresses.error());
    }
    auto executor = co_await asio::this_coro::executor;
    std::string last = "no address";
    for (std::size_t i = 0; i < addresses->size(); ++i) {
        const auto share = net::time_left(deadline) / static_cast<int>(addresses->size() - i);
        auto connection = std::make_unique<Connection>(executor);
        const auto endpoint = to_endpoint((*addresses)[i], settings.port);
        const auto error = co_await net::with_deadline(
            connect(connection->socket_, endpoint), net::deadline_in(share)
        );
        if (error && !*error) {
            auto ready = co_await connection->shake_hands(settings, tls, deadline);
            if (!ready) {
                co_return std::unexpected(std::move(ready.error()));
            }
            co_return connection;
        }
        throw_if_canceled(error.value_or(ErrorCode{}));
        last = error ? error->message() : "no answer in time";
    }
    co_return base::fail(
        base::Errc::unavailable, "cannot connect to " + where(settings) + ": " + last
    );
}

asio::awaitable<base::Result<>> Connection::shake_hands(
    const ClientSettings& settings, asio::ssl::context* tls, net::Deadline deadline
) {
    ErrorCode ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    if (!settings.use_tls) {
        co_return base::Result<>{};
    }
    tls_.emplace(socket_, *tls);
    const std::string name = settings.tls_name.empty() ? settings.host : settings.tls_name;
    if (settings.verify_peer) {
        tls_->set_verify_callback(asio::ssl::host_name_verification(name));
    }
    const auto error = co_await net::with_deadline(handshake(*tls_), deadline);
    if (!error) {
        co_return base::fail(base::Errc::timeout, "no TLS with " + where(settings) + " in time");
    }
    throw_if_canceled(*error);
    if (*error) {
        co_return base::fail(
            base::Errc::unavailable, "no TLS with " + where(settings) + ": " + error->message()
        );
    }
    co_return base::Result<>{};
}

asio::awaitable<std::size_t> Connection::read(std::span<char> buffer, std::string& error) {
    const auto target = asio::buffer(buffer.data(), buffer.size());
    ErrorCode code;
    std::size_t bytes = 0;
    if (tls_) {
        auto [failure, got] =
            co_await tls_->async_read_some(target, asio::as_tuple(asio::use_awaitable));
        code = failure;
        bytes = got;
    } else {
        auto [failure, got] =
            co_await socket_.async_read_some(target, asio::as_tuple(asio::use_awaitable));
        code = failure;
        bytes = got;
    }
    throw_if_canceled(code);
    if (bytes == 0) {
        const bool is_end = code == asio::error::eof || code == asio::ssl::error::stream_truncated;
        error = is_end ? "the exchange closed the connection" : code.message();
    }
    co_return bytes;
}

asio::awaitable<bool> Connection::write(std::string data) {
    const auto buffer = asio::buffer(data);
    ErrorCode code;
    if (tls_) {
        auto [error, bytes] =
            co_await asio::async_write(*tls_, buffer, asio::as_tuple(asio::use_awaitable));
        code = error;
    } else {
        auto [error, bytes] =
            co_await asio::async_write(socket_, buffer, asio::as_tuple(asio::use_awaitable));
        code = error;
    }
    throw_if_canceled(code);
    co_return !code;
}

}  // namespace trunkline::ami
