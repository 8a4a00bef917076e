#include "link.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

#include "net/event.hpp"
#include "net/resolve.hpp"
#include "net/sleep.hpp"
#include "net/timeout.hpp"

namespace trunkline::redis {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

base::SteadyTime now() { return std::chrono::steady_clock::now(); }

base::Error unavailable(std::string detail) {
    return {
        .code = base::Errc::unavailable, .detail = std::move(detail), .fields = {}, .native = {}
    };
}

tcp::endpoint endpoint_of(const net::IpAddress& address, std::uint16_t port) {
    const asio::ip::address_v6 v6(address.bytes);
    if (address.is_v4()) {
        return {asio::ip::make_address_v4(asio::ip::v4_mapped, v6), port};
    }
    return {v6, port};
}

asio::awaitable<error_code> connect_to(tcp::socket& socket, tcp::endpoint endpoint) {
    error_code ignored;
    socket.close(ignored);
    auto [error] = co_await socket.async_connect(endpoint, use_tuple);
    if (!error) {
        socket.set_option(tcp::no_delay(true), ignored);
        socket.set_option(asio::socket_base::keep_alive(true), ignored);
    }
    co_return error;
}

}  // namespace

struct Link::Connection {
    explicit Connection(const asio::any_io_executor& executor)
        : socket(executor), output(executor), alarm(executor) {}

    void close() {
        open = false;
        error_code ignored;
        socket.close(ignored);
        output.notify();
        alarm.notify();
    }

    tcp::socket socket;
    net::Event output;  ///< There is something to write, or the connection is closed.
    net::Event alarm;   ///< The deadline has moved, or the connection is closed.
    net::Deadline alarm_at = net::Deadline::max();
    bool open = true;
};

Link::Link(
    asio::any_io_executor executor,
    Address address,
    const Settings& settings,
    const std::string& name,
    Protocol& protocol
)
    : executor_(std::move(executor)),
      address_(std::move(address)),
      connect_timeout_(settings.connect_timeout),
      protocol_(protocol),
      reconnect_(settings.reconnect),
      logger_(name),
      tasks_(executor_, name) {}

Link::~Link() = default;

void Link::start() { tasks_.spawn("run", run()); }

void Link::wake() {
    if (!current_) {
        return;
    }
    current_->output.notify();
    if (protocol_.next_deadline() < current_->alarm_at) {
        current_->alarm.notify();
    }
}

void Link::close() {
    stopped_ = true;
    const base::Error reason{
        .code = base::Errc::canceled,
        .detail = "Redis client is stopped",
        .fields = {},
        .native = {}
    };
    if (current_) {
        lose(*current_, reason);
    }
    tasks_.cancel();
}

asio::awaitable<void> Link::stop() {
    close();
    co_await tasks_.join();
}

void Link::abandon(std::shared_ptr<void> owner) {
    close();
    if (tasks_.size() > 0) {
        asio::co_spawn(executor_, outlive(std::move(owner)), [](const std::exception_ptr&) {
            // Nobody cancels it, and waiting for the tasks does not fail.
        });
    }
}

asio::awaitable<void> Link::outlive(std::shared_ptr<void> owner) {
    co_await tasks_.join();
    owner.reset();
}

asio::awaitable<void> Link::run() {
    while (!stopped_) {
        auto connection = std::make_shared<Connection>(executor_);
        const auto connected = co_await connect(*connection);
        if (stopped_) {
            co_return;
        }
        if (connected) {
            co_await serve(std::move(connection));
        } else {
            reason_ = connected.error();
        }
        if (stopped_) {
            co_return;
        }
        co_await net::sleep_for(note_failure());
    }
}

asio::awaitable<base::Result<>> Link::connect(Connection& connection) {
    const auto deadline = net::deadline_in(connect_timeout_);
    const auto addresses = co_await net::resolve(address_.host, deadline);
    if (!addresses) {
        co_return std::unexpected(addresses.error());
    }
    std::string detail = "no address for " + address_.host;
    for (const auto& address : *addresses) {
        const auto endpoint = endpoint_of(address, address_.port);
        const auto error =
            co_await net::with_deadline(connect_to(connection.socket, endpoint), deadline);
        if (error && !*error) {
            co_return base::Result<>{};
        }
        detail = error ? error->message() : "no answer in time";
    }
    co_return std::unexpected(unavailable("cannot connect to Redis: " + detail));
}

asio::awaitable<void> Link::serve(ConnectionPointer connection) {
    current_ = connection;
    protocol_.on_open(now());
    tasks_.spawn("write", write_loop(connection));
    tasks_.spawn("watch", watch_loop(connection));
    std::array<char, 16384> buffer{};
    while (connection->open) {
        auto [error, size] =
            co_await connection->socket.async_read_some(asio::buffer(buffer), use_tuple);
        if (!connection->open) {
            break;
        }
        if (error) {
            lose(*connection, unavailable("connection to Redis lost: " + error.message()));
            break;
        }
        const auto failure = protocol_.on_bytes({buffer.data(), size}, now());
        if (failure) {
            lose(*connection, *failure);
        } else {
            note_success();
            wake();
        }
    }
}

asio::awaitable<void> Link::write_loop(ConnectionPointer connection) {
    while (connection->open) {
        const auto bytes = protocol_.take_output();
        if (bytes.empty()) {
            co_await connection->output.wait();
            continue;
        }
        auto [error, size] =
            co_await asio::async_write(connection->socket, asio::buffer(bytes), use_tuple);
        if (error) {
            lose(*connection, unavailable("connection to Redis lost: " + error.message()));
        }
    }
}

asio::awaitable<void> Link::watch_loop(ConnectionPointer connection) {
    while (connection->open) {
        const auto failure = protocol_.on_time(now());
        if (failure) {
            lose(*connection, *failure);
            co_return;
        }
        connection->output.notify();
        connection->alarm_at = protocol_.next_deadline();
        co_await connection->alarm.wait_until(connection->alarm_at);
    }
}

void Link::lose(Connection& connection, const base::Error& reason) {
    if (!connection.open) {
        return;
    }
    connection.close();
    current_.reset();
    reason_ = reason;
    protocol_.on_lost(reason, now());
}

void Link::note_success() {
    if (protocol_.is_ready() && reconnect_.succeeded(now())) {
        logger_.info("connected to Redis at {}", address_.to_string());
    }
}

std::chrono::milliseconds Link::note_failure() {
    const auto step = reconnect_.failed(reason_, now());
    if (step.news) {
        logger_.warning(
            "Redis at {} is away, trying again: {}", address_.to_string(), base::describe(reason_)
        );
    }
    return step.pause;
}

}  // namespace trunkline::redis
