#include "httpd/websocket.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/system/system_error.hpp>
#include <deque>
#include <exception>
#include <utility>

#include "head_rules.hpp"
#include "net/event.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "streams.hpp"

namespace trunkline::httpd {

namespace websocket = boost::beast::websocket;
namespace http = boost::beast::http;
using boost::beast::error_code;

namespace {

constexpr auto grace_after_peer = std::chrono::seconds(1);
constexpr auto closing_limit = std::chrono::seconds(2);
constexpr std::size_t most_kept_buffer = 8UL * 1024;

http::request<http::empty_body> to_beast(const Request& request) {
    http::request<http::empty_body> copy;
    copy.method(http::verb::get);
    copy.target(request.target);
    copy.version(11);
    for (const auto field : request.headers) {
        copy.insert(field.name, field.value);
    }
    return copy;
}

std::string choose_subprotocol(const std::vector<std::string>& ours, std::string_view offered) {
    const auto found = std::ranges::find_if(ours, [&](const std::string& each) {
        return list_has_token(offered, each);
    });
    return found == ours.end() ? std::string() : *found;
}

base::Error to_error(const error_code& code) {
    if (code == websocket::error::message_too_big || code == websocket::error::buffer_overflow) {
        return {base::Errc::too_large, "The message is too large.", {}, code.message()};
    }
    if (code == websocket::condition::protocol_violation) {
        return {
            base::Errc::malformed, "The peer broke the WebSocket protocol.", {}, code.message()
        };
    }
    return {base::Errc::unavailable, "The WebSocket's connection was lost.", {}, code.message()};
}

}  // namespace

// Three coroutines: the handler, a reader that fills `incoming` and a writer that empties
// `outgoing`. The reader always reads, so that pongs and closes are seen even under a handler that
// only sends.
struct WebSocket::Impl {
    struct Message {
        std::string text;
        bool is_binary = false;
    };

    Impl(
        Context& context_in,
        Exchange& exchange_in,
        asio::ip::tcp::socket socket,
        const asio::any_io_executor& executor
    )
        : context(context_in),
          exchange(exchange_in),
          options(exchange_in.endpoint->websocket),
          stream(std::move(socket)),
          incoming_changed(executor),
          outgoing_changed(executor),
          peer_changed(executor) {}

    asio::awaitable<error_code> accept();
    asio::awaitable<void> read();
    asio::awaitable<void> write();
    asio::awaitable<void> run_handler(WebSocket& socket);
    asio::awaitable<void> wait_until_abandoned();
    asio::awaitable<base::Result<>> queue(Message message);
    asio::awaitable<void> finish(net::TaskGroup& tasks);
    void begin_close(std::uint16_t code, std::string reason);
    void cut();

    Context& context;
    Exchange& exchange;
    const WebSocketOptions& options;
    websocket::stream<asio::ip::tcp::socket> stream;
    std::string subprotocol;
    std::deque<std::string> incoming;
    std::deque<Message> outgoing;
    net::Event incoming_changed;
    net::Event outgoing_changed;
    net::Event peer_changed;
    error_code end;  ///< Why reading ended.
    websocket::close_reason closing;
    std::uint64_t bytes = 0;
    bool is_closing =
        false;  ///< Nothing more is queued; the writer sends the rest and the close frame.
    bool has_peer_gone = false;
    bool is_cut = false;
};

asio::awaitable<error_code> WebSocket::Impl::accept() {
    subprotocol =
        choose_subprotocol(options.subprotocols, exchange.request.header("Sec-WebSocket-Protocol"));
    stream.set_option(websocket::stream_base::decorator([this](websocket::response_type& response) {
        response.set("X-Request-Id", exchange.request.request_id);
        if (!subprotocol.empty()) {
            response.set(http::field::sec_websocket_protocol, subprotocol);
        }
    }));
    stream.set_option(websocket::stream_base::timeout{
        context.settings().write_timeout, options.idle_timeout, true
    });
    stream.read_message_max(options.max_message_bytes);
    const auto request = to_beast(exchange.request);
    auto [error] = co_await stream.async_accept(request, asio::as_tuple(asio::use_awaitable));
    co_return error;
}

asio::awaitable<void> WebSocket::Impl::read() {
    boost::beast::flat_buffer buffer;
    while (!is_cut) {
        auto [error, size] =
            co_await stream.async_read(buffer, asio::as_tuple(asio::use_awaitable));
        if (error) {
            end = error;
            break;
        }
        if (!is_closing) {
            incoming.push_back(boost::beast::buffers_to_string(buffer.data()));
        }
        buffer.clear();
        if (buffer.capacity() > most_kept_buffer) {
            buffer.shrink_to_fit();
        }
        incoming_changed.notify();
        while (incoming.size() >= options.max_queued && !is_cut && !is_closing) {
            co_await incoming_changed.wait();
        }
    }
    has_peer_gone = true;
    incoming_changed.notify();
    outgoing_changed.notify();
    peer_changed.notify();
}

asio::awaitable<void> WebSocket::Impl::write() {
    while (!has_peer_gone && !is_cut) {
        if (!outgoing.empty()) {
            const auto message = std::move(outgoing.front());
            outgoing.pop_front();
            outgoing_changed.notify();
            stream.binary(message.is_binary);
            auto [error, size] = co_await stream.async_write(
                asio::buffer(message.text), asio::as_tuple(asio::use_awaitable)
            );
            if (error) {
                break;
            }
            bytes += size;
        } else if (is_closing) {
            co_await stream.async_close(closing, asio::as_tuple(asio::use_awaitable));
            break;
        } else {
            co_await outgoing_changed.wait();
        }
    }
    is_closing = true;
    outgoing_changed.notify();
    incoming_changed.notify();
}

asio::awaitable<void> WebSocket::Impl::run_handler(WebSocket& socket) {
    co_await exchange.endpoint->websocket_handler(exchange.request, socket);
}

asio::awaitable<void> WebSocket::Impl::wait_until_abandoned() {
    while (!has_peer_gone) {
        co_await peer_changed.wait();
    }
    co_await net::sleep_for(grace_after_peer);
}

void WebSocket::Impl::begin_close(std::uint16_t code, std::string reason) {
    if (is_closing) {
        return;
    }
    is_closing = true;
    // A control frame holds 125 bytes, two of them the code (RFC 6455 section 5.5).
    reason.resize(std::min<std::size_t>(reason.size(), 123));
    closing.code = static_cast<websocket::close_code>(code);
    closing.reason = reason;
    outgoing_changed.notify();
    incoming_changed.notify();
}

void WebSocket::Impl::cut() {
    is_cut = true;
    is_closing = true;
    error_code ignored;
    stream.next_layer().close(ignored);
    incoming_changed.notify();
    outgoing_changed.notify();
    peer_changed.notify();
}

asio::awaitable<base::Result<>> WebSocket::Impl::queue(Message message) {
    const auto deadline = net::deadline_in(context.settings().write_timeout);
    while (outgoing.size() >= options.max_queued && !is_closing && !has_peer_gone) {
        const bool changed = co_await outgoing_changed.wait_until(deadline);
        if (!changed) {
            cut();
        }
    }
    if (is_closing || has_peer_gone) {
        co_return base::fail(base::Errc::unavailable, "The WebSocket is closed.");
    }
    outgoing.push_back(std::move(message));
    outgoing_changed.notify();
    co_return base::Result<>{};
}

// The closing handshake has its time, then the socket is cut, which ends reader and writer.
asio::awaitable<void> WebSocket::Impl::finish(net::TaskGroup& tasks) {
    const auto deadline = net::deadline_in(closing_limit);
    while (!has_peer_gone && !is_cut) {
        const bool changed = co_await peer_changed.wait_until(deadline);
        if (!changed) {
            break;
        }
    }
    cut();
    co_await tasks.join();
}

WebSocket::WebSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebSocket::~WebSocket() = default;

asio::awaitable<base::Result<std::optional<std::string>>> WebSocket::receive(net::Deadline deadline
) {
    auto& impl = *impl_;
    while (impl.incoming.empty() && !impl.has_peer_gone && !impl.is_closing) {
        const bool changed = co_await impl.incoming_changed.wait_until(deadline);
        if (!changed) {
            co_return base::fail(base::Errc::timeout, "No message came in time.");
        }
    }
    if (!impl.incoming.empty()) {
        std::optional<std::string> message(std::move(impl.incoming.front()));
        impl.incoming.pop_front();
        impl.incoming_changed.notify();
        co_return message;
    }
    if (impl.end && impl.end != websocket::error::closed) {
        co_return std::unexpected(to_error(impl.end));
    }
    co_return std::optional<std::string>();
}

asio::awaitable<base::Result<>> WebSocket::send(std::string message) {
    return impl_->queue({std::move(message), false});
}

asio::awaitable<base::Result<>> WebSocket::send_binary(std::string message) {
    return impl_->queue({std::move(message), true});
}

asio::awaitable<void> WebSocket::close(std::uint16_t code, std::string reason) {
    auto& impl = *impl_;
    impl.begin_close(code, std::move(reason));
    const auto deadline = net::deadline_in(closing_limit);
    while (!impl.has_peer_gone && !impl.is_cut) {
        const bool changed = co_await impl.peer_changed.wait_until(deadline);
        if (!changed) {
            impl.cut();
        }
    }
}

bool WebSocket::is_open() const { return !impl_->is_closing && !impl_->has_peer_gone; }
std::string_view WebSocket::subprotocol() const { return impl_->subprotocol; }

asio::awaitable<StreamOutcome> serve_websocket(
    Context& context, Transport& transport, Exchange& exchange, std::function<void()>& stop
) {
    const auto executor = co_await asio::this_coro::executor;
    auto owned = std::make_unique<WebSocket::Impl>(
        context, exchange, std::move(*transport.socket()), executor
    );
    auto& impl = *owned;
    WebSocket socket(std::move(owned));
    stop = [&impl] { impl.cut(); };
    StreamOutcome outcome;
    outcome.status = 101;
    const auto refused = co_await impl.accept();
    if (refused) {
        stop = nullptr;
        outcome.status = 400;
        co_return outcome;
    }
    net::TaskGroup tasks(executor, "httpd.websocket");
    tasks.spawn("reader", impl.read());
    tasks.spawn("writer", impl.write());
    auto race = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, impl.run_handler(socket), asio::deferred),
        asio::co_spawn(executor, impl.wait_until_abandoned(), asio::deferred)
    );
    const auto [order, handler_error, abandoned_error] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    // A further cancel must not keep us from joining reader and writer, who use what dies here;
    // cut() hastens them.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    const auto failure = describe_failure(handler_error);
    if (failure) {
        context.logger().error(
            "websocket {} failed: {}, id={}",
            exchange.request.route,
            *failure,
            exchange.request.request_id
        );
    }
    if (context.is_draining) {
        impl.begin_close(1001, "going away");
    } else {
        impl.begin_close(failure ? 1011 : 1000, "");
    }
    co_await impl.finish(tasks);
    stop = nullptr;
    outcome.bytes = impl.bytes;
    co_return outcome;
}

}  // namespace trunkline::httpd
