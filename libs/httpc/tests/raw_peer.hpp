#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/asio.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"

namespace trunkline::httpc {

/// A server that says exactly what the test tells it to, right or wrong. It lives on the test's own
/// executor.
class RawPeer {
public:
    /// One accepted connection in the hands of the test's script.
    class Connection {
    public:
        Connection(asio::ip::tcp::socket socket, std::size_t number)
            : number(number), socket_(std::move(socket)) {}

        /// Headers and as much body as Content-Length says; empty when the client has closed.
        asio::awaitable<std::string> read_request();
        /// Whatever has come, and forgets it.
        asio::awaitable<void> read_some_bytes();
        /// Errors are the client's affair.
        asio::awaitable<void> send(std::string_view text);
        /// Reads until the client closes.
        asio::awaitable<void> wait_for_close();
        void close();
        /// Closes with a TCP reset.
        void reset();
        /// What the client asked for by SNI.
        std::string server_name();

        const std::size_t number;  ///< 1 for the first that was accepted.

    private:
        friend class RawPeer;
        asio::awaitable<std::size_t> read_some(char* data, std::size_t size);

        asio::ip::tcp::socket socket_;
        std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
        std::string pending_;
        std::function<void(const std::string&)> on_request_;
    };

    using Script = std::function<asio::awaitable<void>(Connection&)>;

    /// Listens on a free port of 127.0.0.1 at once.
    RawPeer(asio::any_io_executor executor, Script script, asio::ssl::context* tls = nullptr);
    ~RawPeer();
    RawPeer(const RawPeer&) = delete;
    RawPeer& operator=(const RawPeer&) = delete;

    std::uint16_t port() const;
    std::string url(std::string_view target = "/") const;
    std::size_t accepted() const;
    /// Connections whose script has ended.
    std::size_t ended() const;
    const std::vector<std::string>& requests() const;

    /// Waits until `condition`, which is asked again whenever anything happens here. Throws after
    /// 20 s.
    asio::awaitable<void> until(std::function<bool()> condition);
    asio::awaitable<void> stop();

private:
    struct State;
    static asio::awaitable<void> accept(std::shared_ptr<State> state);
    static asio::awaitable<void> serve(
        std::shared_ptr<State> state, std::shared_ptr<Connection> connection
    );

    std::shared_ptr<State> state_;
};

/// `HTTP/1.1 200 OK` with this body and its length.
std::string ok_answer(std::string_view body = "ok");

/// Answers every request of a connection with ok_answer().
asio::awaitable<void> answer_all(RawPeer::Connection& connection);
/// Reads one request and then does nothing until the client closes.
asio::awaitable<void> never_answer(RawPeer::Connection& connection);

}  // namespace trunkline::httpc
