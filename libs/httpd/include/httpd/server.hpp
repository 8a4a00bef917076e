#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "httpd/router.hpp"
#include "net/address.hpp"
#include "net/asio.hpp"

namespace trunkline::metrics {
class Registry;
}

namespace trunkline::httpd {

struct Settings {
    std::string host = "127.0.0.1";  ///< A numeric address, or localhost.
    std::uint16_t port = 0;          ///< 0: any free one, see Server::port().
    /// 10,000 may idle; those who have something to say find room beside them.
    std::size_t max_connections = 12000;
    std::size_t max_header_bytes = 16UL * 1024;  ///< Request line and fields; beyond it 431.
    std::chrono::milliseconds header_timeout{10000
    };  ///< From a request's first byte to the end of its fields: 408.
    std::chrono::milliseconds body_timeout{15000};  ///< From there to the end of the body: 408.
    std::chrono::milliseconds idle_timeout{75000};  ///< Between two requests; closes silently.
    std::chrono::milliseconds write_timeout{15000
    };  ///< For the peer to take 64 KiB of an answer (or all of it).
    std::chrono::milliseconds stream_keepalive{15000};
    std::vector<net::Network>
        trusted_proxies;  ///< Whose X-Forwarded-For, Forwarded and X-Real-IP count.
    std::string internal_token;
    std::string admin_token;
    std::string service;      ///< For log lines.
    bool access_log = true;   ///< Lines into access.log of the main log's folder.
    bool reuse_port = false;  ///< SO_REUSEPORT: several workers listen on one port.
};

/// HTTP/1.1 over one listening socket. One executor with one thread; several workers have a Server
/// each. Every phase of a connection has a limit of size and time; an idle connection costs about 2
/// KB.
class Server {
public:
    Server(
        asio::any_io_executor executor,
        Settings settings,
        Router router,
        metrics::Registry& registry
    );
    /// Closes what is still open; drain() first, so that nothing is cut.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Binds and starts to serve. Throws std::runtime_error with one line for people:
    /// `port 8000 on 127.0.0.1 is taken`.
    void listen();
    std::uint16_t port() const;

    /// Stops accepting, closes idle connections, ends streams, lets requests in hand finish with
    /// `Connection: close`; what is left at the deadline is cut. Returns when no connection is
    /// left.
    asio::awaitable<void> drain(net::Deadline deadline);

    std::size_t connections() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace trunkline::httpd
