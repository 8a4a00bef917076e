#include "httpd/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detail/socket_option.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <list>
#include <stdexcept>

#include "net/event.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "session.hpp"

namespace trunkline::httpd {

namespace {

using Tcp = asio::ip::tcp;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr int backlog = 4096;
// Connections over the limit that may hear "503" at the same time; beyond them connections are
// dropped unheard.
constexpr std::size_t most_refusals = 64;
constexpr auto pause_without_descriptors = std::chrono::milliseconds(100);

asio::ip::address parse_host(const std::string& host) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
    if (error) {
        throw std::runtime_error(fmt::format("\"{}\" is not an address to listen on", host));
    }
    return address;
}

std::string explain(const Settings& settings, const boost::system::error_code& error) {
    if (error == asio::error::address_in_use) {
        return fmt::format("port {} on {} is taken", settings.port, settings.host);
    }
    if (error == asio::error::access_denied) {
        return fmt::format(
            "port {} on {} needs rights that this user has not", settings.port, settings.host
        );
    }
    return fmt::format(
        "cannot listen on {} port {}: {}", settings.host, settings.port, error.message()
    );
}

// Often enough that no limit is overshot by much, seldom enough to cost nothing.
net::Duration check_interval(std::chrono::milliseconds shortest) {
    using std::chrono::milliseconds;
    return std::clamp<milliseconds>(shortest / 4, milliseconds(5), milliseconds(250));
}

}  // namespace

struct Server::State : std::enable_shared_from_this<Server::State> {
    struct Entry {
        Entry(Context& context, std::unique_ptr<Transport> transport)
            : session(context, std::move(transport)) {}
        Session session;
    };
    using Entries = std::list<Entry>;

    State(
        asio::any_io_executor executor_in,
        Settings settings,
        Router router,
        metrics::Registry& registry
    )
        : executor(std::move(executor_in)),
          context(std::move(settings), std::move(router), registry),
          acceptor(executor),
          changed(executor),
          tasks(executor, "httpd") {}

    void open();
    asio::awaitable<void> accept();
    asio::awaitable<void> watch_limits();
    void start(Tcp::socket socket, const Tcp::endpoint& peer);
    void finish(Entries::iterator entry, const std::exception_ptr& error);
    void abort_all();
    /// A task that the state outlives, even if the Server is gone before it.
    static asio::awaitable<void> keep(std::shared_ptr<State> state, asio::awaitable<void> task);

    asio::any_io_executor executor;
    Context context;
    Tcp::acceptor acceptor;
    Entries entries;
    net::Event changed;
    net::TaskGroup tasks;
    std::uint16_t port = 0;
};

void Server::State::open() {
    const auto& settings = context.settings();
    const Tcp::endpoint endpoint(parse_host(settings.host), settings.port);
    try {
        acceptor.open(endpoint.protocol());
        acceptor.set_option(Tcp::acceptor::reuse_address(true));
        if (settings.reuse_port) {
            acceptor.set_option(ReusePort(true));
        }
        acceptor.bind(endpoint);
        acceptor.listen(backlog);
        port = acceptor.local_endpoint().port();
    } catch (const boost::system::system_error& error) {
        boost::system::error_code ignored;
        acceptor.close(ignored);
        throw std::runtime_error(explain(settings, error.code()));
    }
}

asio::awaitable<void> Server::State::accept() {
    while (acceptor.is_open()) {
        Tcp::socket socket(executor);
        Tcp::endpoint peer;
        auto [error] =
            co_await acceptor.async_accept(socket, peer, asio::as_tuple(asio::use_awaitable));
        if (!error) {
            start(std::move(socket), peer);
        } else if (error == asio::error::operation_aborted || !acceptor.is_open()) {
            break;
        } else if (error != asio::error::connection_aborted) {
            // Out of descriptors, most likely: the connection waits in the backlog until one is
            // free.
            context.logger().error("cannot accept a connection: {}", error.message());
            co_await net::sleep_for(pause_without_descriptors);
        }
    }
}

void Server::State::start(Tcp::socket socket, const Tcp::endpoint& peer) {
    const auto most = context.settings().max_connections;
    if (entries.size() >= most + most_refusals) {
        return;
    }
    const bool is_over = entries.size() >= most;
    entries.emplace_front(context, std::make_unique<SocketTransport>(std::move(socket), peer));
    const auto entry = entries.begin();
    auto& session = entry->session;
    asio::co_spawn(
        executor,
        is_over ? session.refuse() : session.run(),
        asio::bind_cancellation_slot(
            session.signal().slot(),
            [self = shared_from_this(), entry](const std::exception_ptr& error) {
                self->finish(entry, error);
            }
        )
    );
    changed.notify();
}

void Server::State::finish(Entries::iterator entry, const std::exception_ptr& error) {
    try {
        if (error) {
            std::rethrow_exception(error);
        }
    } catch (const boost::system::system_error& failure) {
        if (failure.code() != asio::error::operation_aborted) {
            context.logger().error("a connection failed: {}", failure.what());
        }
    } catch (const std::exception& failure) {
        context.logger().error("a connection failed: {}", failure.what());
    }
    entries.erase(entry);
    changed.notify();
}

// One timer for all limits of all connections; none while there is no connection.
asio::awaitable<void> Server::State::watch_limits() {
    const auto interval = check_interval(context.shortest_limit());
    while (true) {
        while (entries.empty()) {
            co_await changed.wait();
        }
        co_await net::sleep_for(interval);
        const auto now = std::chrono::steady_clock::now();
        for (auto entry = entries.begin(); entry != entries.end();) {
            const auto current = entry++;
            current->session.check(now);
        }
    }
}

asio::awaitable<void> Server::State::keep(
    std::shared_ptr<State> /*state*/, asio::awaitable<void> task
) {
    co_await std::move(task);
}

void Server::State::abort_all() {
    for (auto entry = entries.begin(); entry != entries.end();) {
        const auto current = entry++;
        current->session.abort();
    }
}

Server::Server(
    asio::any_io_executor executor, Settings settings, Router router, metrics::Registry& registry
)
    : state_(std::make_shared<State>(
          std::move(executor), std::move(settings), std::move(router), registry
      )) {}

Server::~Server() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    state_->tasks.cancel();
    state_->abort_all();
}

void Server::listen() {
    state_->open();
    state_->tasks.spawn("accept", State::keep(state_, state_->accept()));
    state_->tasks.spawn("limits", State::keep(state_, state_->watch_limits()));
    state_->context.logger().info(
        "{} listens on {} port {}",
        state_->context.settings().service,
        state_->context.settings().host,
        state_->port
    );
}

std::uint16_t Server::port() const { return state_->port; }

std::size_t Server::connections() const { return state_->entries.size(); }

asio::awaitable<void> Server::drain(net::Deadline deadline) {
    const auto state = state_;
    state->context.is_draining = true;
    boost::system::error_code ignored;
    state->acceptor.close(ignored);
    for (auto entry = state->entries.begin(); entry != state->entries.end();) {
        const auto current = entry++;
        current->session.drain();
    }
    bool is_cut = false;
    while (!state->entries.empty()) {
        const bool changed =
            co_await state->changed.wait_until(is_cut ? net::Deadline::max() : deadline);
        if (!changed) {
            is_cut = true;
            state->context.logger().warning(
                "{} connections are cut at the end of the drain", state->entries.size()
            );
            state->abort_all();
        }
    }
    state->tasks.cancel();
    co_await state->tasks.join();
}

}  // namespace trunkline::httpd
