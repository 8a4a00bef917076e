#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "httpd/message.hpp"
#include "net/asio.hpp"

namespace trunkline::httpd {

class EventStream;
class WebSocket;
class RouteTable;

/// Called on the server's executor. The request outlives the coroutine. An exception is logged and
/// answered with 500. Past the deadline the handler's await throws operation_aborted and the client
/// gets 504.
using Handler = std::function<asio::awaitable<Response>(const Request&)>;
using EventStreamHandler = std::function<asio::awaitable<void>(const Request&, EventStream&)>;
using WebSocketHandler = std::function<asio::awaitable<void>(const Request&, WebSocket&)>;

enum class Access {
    open,      ///< Everybody.
    internal,  ///< Loopback, or Bearer INTERNAL_TOKEN. Missing: 401 (403 below /internal/), wrong:
               ///< 403.
    admin,     ///< Bearer ADMIN_TOKEN, missing 401, wrong 403; while it is unset, loopback only.
};

struct RouteOptions {
    std::size_t body_limit = 64UL * 1024;  ///< Bytes; known before the body is read, beyond it 413.
    Access access = Access::open;
    std::chrono::milliseconds deadline{10000
    };  ///< For the handler, from the end of the request on; not for streams.
    bool secret_path = false;  ///< A path parameter is a secret: the access log shows the pattern.
};

struct WebSocketOptions {
    std::size_t max_message_bytes =
        64UL * 1024;              ///< Received; beyond it the socket closes with 1009.
    std::size_t max_queued = 64;  ///< Messages waiting in either direction.
    std::chrono::milliseconds idle_timeout{60000
    };  ///< Without a sign of life; a ping goes out at half of it.
    std::vector<std::string>
        subprotocols;  ///< In order of preference; the first that the client offers wins.
    /// Whether a browser page of this origin may connect; 403 if not. Default: the Host header's
    /// own origin, and clients that send no Origin (no browsers).
    std::function<bool(std::string_view origin, const Request&)> check_origin;
};

/// Method and path to handler. Patterns: `/calls/{uuid}`, `/bot{token}/{method}` (text around one
/// parameter),
/// `/files/{path...}` (the rest, slashes included, only as the last segment). Literal segments win
/// over parameters. GET routes answer HEAD too, OPTIONS is answered with Allow. Malformed or
/// doubled patterns throw std::logic_error.
class Router {
public:
    Router();
    ~Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;

    void add(std::string method, std::string pattern, Handler handler, RouteOptions options = {});
    /// Server-sent events by GET. Beside a GET route of the same path it serves those who accept
    /// text/event-stream.
    void add_stream(std::string pattern, EventStreamHandler handler, RouteOptions options = {});
    /// A GET with `Upgrade: websocket`; others get 426, or the GET route of the same path.
    void add_websocket(
        std::string pattern,
        WebSocketHandler handler,
        RouteOptions options = {},
        WebSocketOptions websocket = {}
    );
    /// Files below `folder` under `prefix`, GET and HEAD (Response::file_in).
    void add_files(std::string prefix, std::filesystem::path folder, RouteOptions options = {});

    /// All plain routes of `other`, to be handled on `executor`, which may be another thread's:
    /// what they use need not be shared. They cannot be cut at their deadline then, so they have to
    /// mind it themselves. Streams and WebSockets throw std::logic_error.
    void add_all(const Router& other, const asio::any_io_executor& executor);

    const RouteTable& table() const { return *table_; }

private:
    std::unique_ptr<RouteTable> table_;
};

}  // namespace trunkline::httpd
