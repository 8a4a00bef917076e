#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "httpd/problem.hpp"
#include "httpd/server.hpp"
#include "metrics/registry.hpp"

namespace trunkline::httpd::test {

struct RawResponse {
    unsigned status = 0;
    std::string head;
    std::string body;

    std::string_view header(std::string_view name) const;
};

/// A client that sends exactly the bytes it is told to.
class RawClient {
public:
    explicit RawClient(asio::any_io_executor executor) : socket_(std::move(executor)) {}

    asio::awaitable<void> connect(std::uint16_t port);
    asio::awaitable<void> send(std::string bytes);
    /// The next response, framed by its head; status 0 if the connection ended before it was whole.
    asio::awaitable<RawResponse> receive(bool has_body = true);
    /// Everything up to the end of the connection.
    asio::awaitable<std::string> read_to_end();
    /// At least until `text` has come; what has come.
    asio::awaitable<std::string> read_until(std::string_view text);
    /// Whether the server has ended the connection, with nothing more to read.
    asio::awaitable<bool> is_at_end();

    asio::ip::tcp::socket& socket() { return socket_; }

private:
    asio::awaitable<bool> read_more();

    asio::ip::tcp::socket socket_;
    std::string buffer_;
};

/// Limits that make a wrong test hang rather than pass by accident; tests shorten what they are
/// about.
Settings make_settings();

/// Starts a server, runs `body`, drains.
void with_server(
    Settings settings, Router router, const std::function<asio::awaitable<void>(Server&)>& body
);
void with_server(
    Settings settings,
    Router router,
    const std::function<asio::awaitable<void>(Server&, metrics::Registry&)>& body
);

/// One request on a connection of its own.
asio::awaitable<RawResponse> ask(std::uint16_t port, std::string request, bool has_body = true);
asio::awaitable<RawResponse> get(std::uint16_t port, std::string path, std::string fields = {});

/// Returns once `condition` holds; the runner's limit is the only other end.
asio::awaitable<void> until(std::function<bool()> condition);

}  // namespace trunkline::httpd::test
