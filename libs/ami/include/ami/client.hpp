#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ami/action.hpp"
#include "ami/message.hpp"
#include "ami/parser.hpp"
#include "ami/reply.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/asio.hpp"
#include "net/backoff.hpp"

namespace trunkline::ami {

struct ClientSettings {
    std::string name = "pbx";  ///< Of the exchange, for logs.
    std::string host = "127.0.0.1";
    std::uint16_t port = 5038;
    std::string username;
    std::string secret;
    std::string events = "on";  ///< `on`, `off`, or classes: `call,agent,system`.

    /// PEM, for exchanges that signed for themselves; empty: the system's.
    std::filesystem::path ca_file;
    std::string tls_name;  ///< The name that the certificate must prove; empty: `host`.
    bool use_tls = false;
    bool verify_peer = true;
    bool use_challenge = true;  ///< MD5 challenge: the secret does not cross the wire.

    std::chrono::milliseconds connect_limit{5'000};  ///< DNS, TCP and TLS.
    std::chrono::milliseconds login_limit{10'000};
    std::chrono::milliseconds boot_limit{3'000};  ///< For FullyBooted after the login.
    std::chrono::milliseconds ping_after{15'000};
    std::chrono::milliseconds ping_limit{10'000};
    net::BackoffPolicy reconnect{
        .initial = std::chrono::milliseconds(1'000),
        .maximum = std::chrono::milliseconds(30'000),
        .factor = 2.0,
        .jitter = 0.5,
    };
    /// After a wrong secret or a forbidden address: exchanges ban who hammers.
    net::BackoffPolicy reconnect_refused{
        .initial = std::chrono::milliseconds(60'000),
        .maximum = std::chrono::milliseconds(900'000),
        .factor = 2.0,
        .jitter = 0.2,
    };
    /// A connection that lasted so long was good: the next pauses begin small again.
    std::chrono::milliseconds stable_after{30'000};

    Limits limits;
    std::size_t max_pending = 256;
    std::size_t max_reply_bytes = std::size_t{16} << 20;
    bool debug = false;  ///< Logs all that is said (secrets never).
    bool quiet = false;  ///< Logs no connects and breaks: for who tells of them himself.
};

enum class ClientState { stopped, connecting, logging_in, ready, waiting, refused };
std::string_view to_string(ClientState state);

struct ClientStatus {
    ClientState state = ClientState::stopped;
    base::SteadyTime since{};
    bool booted = false;     ///< FullyBooted was seen on this connection.
    std::string banner;      ///< `Asterisk Call Manager/11.0.0`
    std::string last_error;  ///< Why the last connection ended or failed; "" if none did.
    std::chrono::microseconds response_time{0};  ///< Of the last ping.
    std::size_t pending = 0;
    std::uint64_t connections = 0;  ///< That came to `ready`.
    std::uint64_t events = 0;
    std::uint64_t missed = 0;  ///< Events that slow subscribers lost, all together.
    std::uint64_t cut = 0;     ///< Events that were over a limit and told nobody.
    std::uint64_t strays = 0;  ///< Answers that nobody waited for.
};

/// What a subscriber gets, in order.
struct Delivery {
    enum class Kind {
        connected,  ///< The stream begins here, or begins again: ask the exchange what is up.
        event,
        gap,  ///< Events are missing here. After `missed` of them the stream goes on at once: ask
              ///< what is up. With none the connection was lost: `connected` follows one day.
    };
    Kind kind = Kind::event;
    std::shared_ptr<const StoredMessage> event;  ///< Only of an event.
    std::uint64_t missed = 0;
    base::WallTime at;  ///< Of its arrival.
};

/// One subscriber's place in line. May outlive the client.
class Subscription {
public:
    struct State;
    explicit Subscription(std::shared_ptr<State> state) : state_(std::move(state)) {}
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    /// Nothing: the client was closed and all is read. One reader at a time.
    asio::awaitable<std::optional<Delivery>> next();
    std::size_t waiting() const;
    std::uint64_t missed() const;

private:
    std::shared_ptr<State> state_;
};

/// A connection to one exchange's manager interface that mends itself. One executor that one thread
/// runs; not thread-safe. close() must have ended before it dies.
class Client {
public:
    /// Throws std::runtime_error for a ca_file that cannot be read.
    Client(const asio::any_io_executor& executor, ClientSettings settings);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Begins to connect; goes on until close().
    void start();
    /// Ends the waits with `canceled` and the subscriptions, closes the connection.
    asio::awaitable<void> close();

    /// Until the exchange is `ready`. `unauthorized`: it refuses us; `timeout`: the deadline.
    asio::awaitable<base::Result<>> wait_ready(net::Deadline deadline);

    /// Sends one action and waits for its answer, for a list with all its items. `unavailable`: not
    /// connected, nothing was sent; `timeout`: no answer in time or the connection was lost, so
    /// whether it was done is unknown; `too_large`; `rate_limited`: too many wait; else what the
    /// exchange said (error_of). A cancel passes through; a late answer is dropped then.
    asio::awaitable<base::Result<Reply>> send(
        Action action, std::chrono::milliseconds limit = std::chrono::milliseconds(5'000)
    );

    /// Events from now on, at most `capacity` waiting: who reads too slowly finds a gap in their
    /// place. `filter` keeps out what it does not want.
    using Filter = std::function<bool(const Message&)>;
    std::unique_ptr<Subscription> subscribe(std::size_t capacity = 20'000, Filter filter = {});

    ClientStatus status() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace trunkline::ami
