#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/asio.hpp"

namespace trunkline::ami {

/// A manager interface that says what a test tells it to. On the test's own executor.
class FakeExchange {
public:
    using Action = std::map<std::string, std::string>;

    class Talk {
    public:
        Talk(asio::ip::tcp::socket socket, std::size_t number_in)
            : number(number_in), socket_(std::move(socket)) {}

        /// The next action's headers; empty when the client has closed.
        asio::awaitable<Action> read_action();
        /// Errors are the client's affair.
        asio::awaitable<void> send(std::string text);
        /// `Response: Success` to the action, with further headers.
        asio::awaitable<void> succeed(const Action& action, std::string headers = "");
        asio::awaitable<void> fail(const Action& action, std::string message);
        /// Banner, login and FullyBooted.
        asio::awaitable<void> welcome();
        asio::awaitable<void> wait_for_close();

        const std::size_t number;  ///< 1 for the first connection.

    private:
        friend class FakeExchange;
        asio::awaitable<std::size_t> read_some(char* data, std::size_t size);

        asio::ip::tcp::socket socket_;
        std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
        std::string pending_;
    };
    using Script = std::function<asio::awaitable<void>(Talk&)>;

    /// Listens on a free port of 127.0.0.1 at once.
    FakeExchange(asio::any_io_executor executor, Script script, asio::ssl::context* tls = nullptr);
    ~FakeExchange();
    FakeExchange(const FakeExchange&) = delete;
    FakeExchange& operator=(const FakeExchange&) = delete;

    std::uint16_t port() const;
    std::size_t accepted() const;
    asio::awaitable<void> stop();

private:
    struct State;
    static asio::awaitable<void> accept(std::shared_ptr<State> state);
    static asio::awaitable<void> serve(std::shared_ptr<State> state, std::shared_ptr<Talk> talk);

    std::shared_ptr<State> state_;
};

}  // namespace trunkline::ami
