#include "raw_peer.hpp"

#include <openssl/ssl.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace trunkline::httpc {
namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

std::size_t body_length(std::string_view head) {
    constexpr std::string_view name = "Content-Length: ";
    const auto at = head.find(name);
    return at == std::string_view::npos ? 0
                                        : std::stoul(std::string(head.substr(at + name.size())));
}

}  // namespace

struct RawPeer::State {
    State(const asio::any_io_executor& executor, Script script_in, asio::ssl::context* tls_in)
        : acceptor(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          script(std::move(script_in)),
          tls(tls_in),
          changed(executor),
          tasks(executor, "raw_peer") {}

    tcp::acceptor acceptor;
    Script script;
    asio::ssl::context* tls;
    net::Event changed;
    net::TaskGroup tasks;
    std::size_t accepted = 0;
    std::size_t ended = 0;
    std::vector<std::string> requests;
};

asio::awaitable<std::size_t> RawPeer::Connection::read_some(char* data, std::size_t size) {
    const auto buffer = asio::buffer(data, size);
    if (tls_) {
        auto [error, bytes] =
            co_await tls_->async_read_some(buffer, asio::as_tuple(asio::use_awaitable));
        co_return bytes;
    }
    auto [error, bytes] =
        co_await socket_.async_read_some(buffer, asio::as_tuple(asio::use_awaitable));
    co_return bytes;
}

asio::awaitable<std::string> RawPeer::Connection::read_request() {
    std::array<char, 16384> buffer{};
    for (;;) {
        const auto head_end = pending_.find("\r\n\r\n");
        if (head_end != std::string::npos) {
            const auto size = head_end + 4 + body_length(pending_.substr(0, head_end));
            if (pending_.size() >= size) {
                std::string request = pending_.substr(0, size);
                pending_.erase(0, size);
                on_request_(request);
                co_return request;
            }
        }
        const auto bytes = co_await read_some(buffer.data(), buffer.size());
        if (bytes == 0) {
            co_return std::string{};
        }
        pending_.append(buffer.data(), bytes);
    }
}

asio::awaitable<void> RawPeer::Connection::read_some_bytes() {
    std::array<char, 4096> buffer{};
    co_await read_some(buffer.data(), buffer.size());
}

asio::awaitable<void> RawPeer::Connection::send(std::string_view text) {
    const auto buffer = asio::buffer(text);
    if (tls_) {
        co_await asio::async_write(*tls_, buffer, asio::as_tuple(asio::use_awaitable));
    } else {
        co_await asio::async_write(socket_, buffer, asio::as_tuple(asio::use_awaitable));
    }
}

asio::awaitable<void> RawPeer::Connection::wait_for_close() {
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto bytes = co_await read_some(buffer.data(), buffer.size());
        if (bytes == 0) {
            co_return;
        }
    }
}

void RawPeer::Connection::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void RawPeer::Connection::reset() {
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
}

std::string RawPeer::Connection::server_name() {
    const char* name = SSL_get_servername(tls_->native_handle(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
}

RawPeer::RawPeer(asio::any_io_executor executor, Script script, asio::ssl::context* tls)
    : state_(std::make_shared<State>(executor, std::move(script), tls)) {
    state_->tasks.spawn("accept", accept(state_));
}

RawPeer::~RawPeer() { state_->tasks.cancel(); }

asio::awaitable<void> RawPeer::accept(std::shared_ptr<State> state) {
    for (;;) {
        auto [error, socket] =
            co_await state->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (error) {
            co_return;
        }
        auto connection = std::make_shared<Connection>(std::move(socket), ++state->accepted);
        connection->on_request_ = [&requests = state->requests,
                                   &changed = state->changed](const std::string& request) {
            requests.push_back(request);
            changed.notify();
        };
        state->tasks.spawn("serve", serve(state, std::move(connection)));
        state->changed.notify();
    }
}

asio::awaitable<void> RawPeer::serve(
    std::shared_ptr<State> state, std::shared_ptr<Connection> connection
) {
    bool ready = true;
    if (state->tls != nullptr) {
        connection->tls_.emplace(connection->socket_, *state->tls);
        auto [error] = co_await connection->tls_->async_handshake(
            asio::ssl::stream_base::server, asio::as_tuple(asio::use_awaitable)
        );
        ready = !error;
    }
    if (ready) {
        co_await state->script(*connection);
    }
    connection->close();
    ++state->ended;
    state->changed.notify();
}

std::uint16_t RawPeer::port() const { return state_->acceptor.local_endpoint().port(); }

std::string RawPeer::url(std::string_view target) const {
    return "http://127.0.0.1:" + std::to_string(port()) + std::string(target);
}

std::size_t RawPeer::accepted() const { return state_->accepted; }

std::size_t RawPeer::ended() const { return state_->ended; }

const std::vector<std::string>& RawPeer::requests() const { return state_->requests; }

asio::awaitable<void> RawPeer::until(std::function<bool()> condition) {
    const auto state = state_;
    const auto deadline = net::deadline_in(20s);
    while (!condition()) {
        const bool changed = co_await state->changed.wait_until(deadline);
        if (!changed) {
            throw std::runtime_error("what the test waits for did not happen");
        }
    }
}

asio::awaitable<void> RawPeer::stop() {
    const auto state = state_;
    state->tasks.cancel();
    co_await state->tasks.join();
}

std::string ok_answer(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

asio::awaitable<void> answer_all(RawPeer::Connection& connection) {
    for (;;) {
        const auto request = co_await connection.read_request();
        if (request.empty()) {
            co_return;
        }
        const auto answer = ok_answer();
        co_await connection.send(answer);
    }
}

asio::awaitable<void> never_answer(RawPeer::Connection& connection) {
    const auto request = co_await connection.read_request();
    co_await connection.wait_for_close();
}

}  // namespace trunkline::httpc
