#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/trace.hpp"
#include "httpc/breaker.hpp"
#include "net/asio.hpp"
#include "net/backoff.hpp"

namespace trunkline::metrics {
class Registry;
}

namespace trunkline::httpc {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method = "GET";
    std::string url;  ///< Absolute; see httpc/url.hpp for what is refused and for building one.
    /// Host, Content-Length, Transfer-Encoding, Connection and their like are the client's own:
    /// invalid_input here.
    Headers headers;
    std::string body;
    /// Covers everything: waiting for a connection, DNS, connecting, TLS, all tries and the pauses
    /// between them.
    std::chrono::milliseconds timeout{2000};
    std::optional<base::TraceContext>
        trace;                ///< Goes out as `traceparent`, with a span of its own.
    bool retry_safe = false;  ///< May be sent again after an unknown outcome.
    /// A failed try is repeated after a jittered pause if the request was not sent, or is
    /// retry_safe. An answer, whatever its status, ends it: 429 and 503 are the caller's to judge.
    unsigned max_tries = 1;
    bool tenant_given =
        false;  ///< The address came from a tenant's configuration: the guard applies.
    std::size_t max_response_bytes = 1U << 20;
    /// Offers gzip to the peer and takes it off again: the body is plain either way, and
    /// max_response_bytes bounds both forms of it.
    bool accept_gzip = false;
    std::string peer =
        "other";  ///< Label of the metrics: a fixed name such as `telegram`, never a host.
};

struct Response {
    unsigned status = 0;
    Headers headers;
    std::string body;  ///< As sent, or without its gzip if that was offered.

    /// The first header of that name, in any case; empty if there is none.
    std::string_view header(std::string_view name) const;
};

/// `error.code` is one of: invalid_input (the request itself), forbidden (the guard), unavailable
/// (DNS, connection, TLS, open circuit, connection lost), timeout, canceled (close() was called),
/// malformed (not HTTP, broken gzip), too_large (answer over a limit: 64 KiB of headers,
/// max_response_bytes of body).
struct Failure {
    base::Error error;
    /// Bytes of the request may have reached the peer in one of the tries: its outcome is unknown.
    bool request_sent = false;
};

using Outcome = std::expected<Response, Failure>;

struct Settings {
    std::size_t max_connections_per_host =
        16;  ///< Per scheme, host and port; further requests wait in line.
    std::chrono::milliseconds idle_timeout{30000};
    std::chrono::milliseconds connect_timeout{2000};  ///< DNS, TCP and TLS of one new connection.
    BreakerSettings breaker;
    net::BackoffPolicy retry_pause{
        .initial = std::chrono::milliseconds(100),
        .maximum = std::chrono::milliseconds(2000),
        .factor = 2.0,
        .jitter = 0.5,
    };
    std::vector<std::string>
        allowed_upstream_hosts;             ///< ALLOWED_UPSTREAM_HOSTS, see httpc/guard.hpp.
    bool allow_loopback_upstreams = false;  ///< ALLOW_LOOPBACK_UPSTREAMS.
    std::filesystem::path ca_file;          ///< PEM; empty: the system's certificates.
    std::string user_agent;                 ///< Empty: `trunkline/<version>`.
};

/// An HTTP/1.1 client with kept-alive connections, TLS 1.2 or newer with verification, deadlines,
/// retries, a circuit breaker per origin and the guard for tenant-given addresses. It never follows
/// redirects. One executor that one thread runs; not thread-safe.
///
/// A cancel of a send() passes through as operation_aborted; the connection it used is closed,
/// never pooled.
class Client {
public:
    /// Throws std::runtime_error for a ca_file or an allowed host that is wrong. `registry` must
    /// outlive the client.
    Client(asio::any_io_executor executor, Settings settings, metrics::Registry& registry);
    /// Like close(), without the wait: sends that go on end with `canceled`.
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    asio::awaitable<Outcome> send(Request request);

    /// Ends the sends that go on with `canceled`, closes all connections, returns when the last
    /// send has ended. Later sends are refused with `canceled`.
    asio::awaitable<void> close();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace trunkline::httpc
