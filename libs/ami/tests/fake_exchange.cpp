#include "fake_exchange.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "net/task_group.hpp"

namespace trunkline::ami {

using asio::ip::tcp;

struct FakeExchange::State {
    State(const asio::any_io_executor& executor, Script script_in, asio::ssl::context* tls_in)
        : acceptor(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          script(std::move(script_in)),
          tls(tls_in),
          tasks(executor, "fake_exchange") {}

    tcp::acceptor acceptor;
    Script script;
    asio::ssl::context* tls;
    net::TaskGroup tasks;
    std::size_t accepted = 0;
};

asio::awaitable<std::size_t> FakeExchange::Talk::read_some(char* data, std::size_t size) {
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

asio::awaitable<FakeExchange::Action> FakeExchange::Talk::read_action() {
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto end = pending_.find("\r\n\r\n");
        if (end != std::string::npos) {
            Action action;
            std::size_t at = 0;
            while (at < end) {
                const auto stop = pending_.find("\r\n", at);
                const auto colon = pending_.find(": ", at);
                action[pending_.substr(at, colon - at)] =
                    pending_.substr(colon + 2, stop - colon - 2);
                at = stop + 2;
            }
            pending_.erase(0, end + 4);
            co_return action;
        }
        const auto bytes = co_await read_some(buffer.data(), buffer.size());
        if (bytes == 0) {
            co_return Action{};
        }
        pending_.append(buffer.data(), bytes);
    }
}

asio::awaitable<void> FakeExchange::Talk::send(std::string text) {
    const auto buffer = asio::buffer(text);
    if (tls_) {
        co_await asio::async_write(*tls_, buffer, asio::as_tuple(asio::use_awaitable));
    } else {
        co_await asio::async_write(socket_, buffer, asio::as_tuple(asio::use_awaitable));
    }
}

asio::awaitable<void> FakeExchange::Talk::succeed(const Action& action, std::string headers) {
    const auto id = action.find("ActionID");
    co_await send(
        "Response: Success\r\nActionID: " + (id != action.end() ? id->second : "") + "\r\n" +
        headers + "\r\n"
    );
}

asio::awaitable<void> FakeExchange::Talk::fail(const Action& action, std::string message) {
    co_await send(
        "Response: Error\r\nActionID: " + action.at("ActionID") + "\r\nMessage: " + message +
        "\r\n\r\n"
    );
}

asio::awaitable<void> FakeExchange::Talk::welcome() {
    co_await send("Asterisk Call Manager/11.0.0\r\n");
    auto action = co_await read_action();
    if (action["Action"] == "Challenge") {
        co_await succeed(action, "Challenge: 152910775\r\n");
        action = co_await read_action();
    }
    co_await succeed(action, "Message: Authentication accepted\r\n");
    co_await send("Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n");
}

asio::awaitable<void> FakeExchange::Talk::wait_for_close() {
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto bytes = co_await read_some(buffer.data(), buffer.size());
        if (bytes == 0) {
            co_return;
        }
    }
}

FakeExchange::FakeExchange(asio::any_io_executor executor, Script script, asio::ssl::context* tls)
    : state_(std::make_shared<State>(executor, std::move(script), tls)) {
    state_->tasks.spawn("accept", accept(state_));
}

FakeExchange::~FakeExchange() { state_->tasks.cancel(); }

asio::awaitable<void> FakeExchange::accept(std::shared_ptr<State> state) {
    for (;;) {
        auto [error, socket] =
            co_await state->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (error) {
            co_return;
        }
        auto talk = std::make_shared<Talk>(std::move(socket), ++state->accepted);
        state->tasks.spawn("serve", serve(state, std::move(talk)));
    }
}

asio::awaitable<void> FakeExchange::serve(
    std::shared_ptr<State> state, std::shared_ptr<Talk> talk
) {
    bool is_ready = true;
    if (state->tls != nullptr) {
        talk->tls_.emplace(talk->socket_, *state->tls);
        auto [error] = co_await talk->tls_->async_handshake(
            asio::ssl::stream_base::server, asio::as_tuple(asio::use_awaitable)
        );
        is_ready = !error;
    }
    if (is_ready) {
        co_await state->script(*talk);
    }
    boost::system::error_code ignored;
    talk->socket_.close(ignored);
}

std::uint16_t FakeExchange::port() const { return state_->acceptor.local_endpoint().port(); }

std::size_t FakeExchange::accepted() const { return state_->accepted; }

asio::awaitable<void> FakeExchange::stop() {
    const auto state = state_;
    boost::system::error_code ignored;
    state->acceptor.close(ignored);
    state->tasks.cancel();
    co_await state->tasks.join();
}

}  // namespace trunkline::ami
