#include "server_fixture.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <exception>

#include "base/text.hpp"
#include "net/sleep.hpp"
#include "testing/run.hpp"

namespace trunkline::httpd::test {

std::string_view RawResponse::header(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
        const auto end = std::min(rest.find("\r\n"), rest.size());
        const auto line = rest.substr(0, end);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos &&
            base::equals_ignoring_case(line.substr(0, colon), name)) {
            return base::trim(line.substr(colon + 1));
        }
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
    return {};
}

asio::awaitable<void> RawClient::connect(std::uint16_t port) {
    const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    co_await socket_.async_connect(endpoint, asio::use_awaitable);
    socket_.set_option(asio::ip::tcp::no_delay(true));
}

asio::awaitable<void> RawClient::send(std::string bytes) {
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<bool> RawClient::read_more() {
    std::array<char, 16384> part{};
    auto [error, size] =
        co_await socket_.async_read_some(asio::buffer(part), asio::as_tuple(asio::use_awaitable));
    buffer_.append(part.data(), size);
    co_return !error;
}

asio::awaitable<RawResponse> RawClient::receive(bool has_body) {
    RawResponse response;
    auto end = buffer_.find("\r\n\r\n");
    while (end == std::string::npos) {
        const bool more = co_await read_more();
        if (!more) {
            co_return RawResponse{};
        }
        end = buffer_.find("\r\n\r\n");
    }
    response.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    std::from_chars(response.head.data() + 9, response.head.data() + 12, response.status);
    const auto length_text = response.header("Content-Length");
    std::size_t length = 0;
    std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
    while (has_body && buffer_.size() < length) {
        const bool more = co_await read_more();
        if (!more) {
            co_return RawResponse{};
        }
    }
    if (has_body) {
        response.body = buffer_.substr(0, length);
        buffer_.erase(0, length);
    }
    co_return response;
}

asio::awaitable<std::string> RawClient::read_to_end() {
    bool more = true;
    while (more) {
        more = co_await read_more();
    }
    co_return std::exchange(buffer_, {});
}

asio::awaitable<std::string> RawClient::read_until(std::string_view text) {
    bool more = true;
    while (more && buffer_.find(text) == std::string::npos) {
        more = co_await read_more();
    }
    co_return std::exchange(buffer_, {});
}

asio::awaitable<bool> RawClient::is_at_end() {
    const auto rest = co_await read_to_end();
    co_return rest.empty();
}

Settings make_settings() {
    Settings settings;
    settings.service = "test";
    settings.access_log = false;
    settings.header_timeout = std::chrono::seconds(60);
    settings.body_timeout = std::chrono::seconds(60);
    settings.idle_timeout = std::chrono::seconds(60);
    settings.write_timeout = std::chrono::seconds(60);
    return settings;
}

void with_server(
    Settings settings,
    Router router,
    const std::function<asio::awaitable<void>(Server&, metrics::Registry&)>& body
) {
    const auto whole = [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        metrics::Registry registry;
        Server server(executor, std::move(settings), std::move(router), registry);
        server.listen();
        std::exception_ptr failure;
        try {
            co_await body(server, registry);
        } catch (...) {
            failure = std::current_exception();
        }
        co_await server.drain(net::deadline_in(std::chrono::seconds(5)));
        if (failure) {
            std::rethrow_exception(failure);
        }
    };
    testing::run(whole());
}

void with_server(
    Settings settings, Router router, const std::function<asio::awaitable<void>(Server&)>& body
) {
    with_server(
        std::move(settings),
        std::move(router),
        std::function<asio::awaitable<void>(Server&, metrics::Registry&)>(
            [&](Server& server, metrics::Registry&) { return body(server); }
        )
    );
}

asio::awaitable<RawResponse> ask(std::uint16_t port, std::string request, bool has_body) {
    const auto executor = co_await asio::this_coro::executor;
    RawClient client(executor);
    co_await client.connect(port);
    co_await client.send(std::move(request));
    auto response = co_await client.receive(has_body);
    co_return response;
}

asio::awaitable<RawResponse> get(std::uint16_t port, std::string path, std::string fields) {
    return ask(port, "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
}

asio::awaitable<void> until(std::function<bool()> condition) {
    while (!condition()) {
        co_await net::sleep_for(std::chrono::milliseconds(2));
    }
}

}  // namespace trunkline::httpd::test
