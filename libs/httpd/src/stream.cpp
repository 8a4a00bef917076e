#include "httpd/stream.hpp"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <utility>

#include "httpd/problem.hpp"
#include "net/event.hpp"
#include "net/sleep.hpp"
#include "net/timeout.hpp"
#include "streams.hpp"

namespace trunkline::httpd {

namespace {

constexpr std::size_t most_from_peer = 64UL * 1024;
constexpr auto head_delay = std::chrono::seconds(1);

std::string without_line_breaks(std::string_view text) {
    std::string clean(text);
    std::ranges::replace_if(clean, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    return clean;
}

}  // namespace

std::string format_event(std::string_view event, std::string_view data, std::string_view id) {
    std::string out;
    if (!event.empty()) {
        out += "event: " + without_line_breaks(event) + "\n";
    }
    if (!id.empty()) {
        out += "id: " + without_line_breaks(id) + "\n";
    }
    // CR, LF and CR LF all end a line of the format.
    while (true) {
        const auto end = std::min(data.find_first_of("\r\n"), data.size());
        out.append("data: ").append(data.substr(0, end)).append("\n");
        if (end == data.size()) {
            break;
        }
        data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    out += "\n";
    return out;
}

struct EventStream::Impl {
    Impl(
        Context& context_in,
        Transport& transport_in,
        Exchange& exchange_in,
        const asio::any_io_executor& executor
    )
        : context(context_in), transport(transport_in), exchange(exchange_in), turn(executor) {
        const auto& request = exchange.request;
        is_chunked = exchange.reader->is_http_11();
        Response response;
        response.headers = {
            {"Content-Type", "text/event-stream"},
            {"Cache-Control", "no-store"},
            {"X-Accel-Buffering", "no"},  // nginx would collect events otherwise.
        };
        AnswerFacts facts;
        facts.keep_alive = false;
        facts.is_chunked = is_chunked;
        facts.date = context.date();
        facts.request_id = request.request_id;
        facts.trace = &request.trace;
        write_head(head, response, facts);
    }

    asio::awaitable<bool> write(std::string text);
    asio::awaitable<bool> write_bytes(std::string_view rest);
    asio::awaitable<void> keep_alive();
    asio::awaitable<void> watch_peer();
    asio::awaitable<void> run_handler(EventStream& stream);
    void write_end();
    bool is_open() const { return !is_closed && !refusal; }

    Context& context;
    Transport& transport;
    Exchange& exchange;
    net::Event turn;
    std::string head;
    std::optional<Response> refusal;
    std::uint64_t bytes = 0;
    bool is_chunked = true;
    bool has_started = false;
    bool is_writing = false;
    bool is_closed = false;
    bool wrote_lately = false;
};

asio::awaitable<bool> EventStream::Impl::write(std::string text) {
    while (is_writing && !is_closed) {
        co_await turn.wait();
    }
    if (!is_open()) {
        co_return false;
    }
    // A write that is cut in the middle, by a cancel too, leaves a broken stream.
    struct Turn {
        Impl& impl;
        bool is_whole = false;
        ~Turn() {
            impl.is_writing = false;
            impl.is_closed = impl.is_closed || !is_whole;
            impl.turn.notify();
        }
    } guard{*this};
    is_writing = true;
    wrote_lately = true;
    std::string framed;
    if (!has_started) {
        has_started = true;
        framed.swap(head);
    }
    if (is_chunked) {
        write_chunk(framed, text);
    } else {
        framed += text;
    }
    bytes += text.size();
    guard.is_whole = co_await write_bytes(framed);
    co_return guard.is_whole;
}

asio::awaitable<bool> EventStream::Impl::write_bytes(std::string_view rest) {
    const auto deadline = net::deadline_in(context.settings().write_timeout);
    while (!rest.empty()) {
        const auto wrote = transport.write_some(rest, {});
        if (wrote.status == Transport::Status::closed) {
            co_return false;
        }
        rest.remove_prefix(wrote.bytes);
        if (wrote.status == Transport::Status::would_block) {
            const auto waited = co_await net::with_deadline(transport.wait_writable(), deadline);
            if (!waited) {
                co_return false;
            }
        }
    }
    co_return true;
}

asio::awaitable<void> EventStream::Impl::keep_alive() {
    const net::Duration pause = context.settings().stream_keepalive;
    co_await net::sleep_for(std::min<net::Duration>(pause, head_delay));
    bool is_alive = true;
    if (!has_started) {
        is_alive = co_await write("");
    }
    while (is_alive) {
        wrote_lately = false;
        co_await net::sleep_for(pause);
        if (!wrote_lately) {
            is_alive = co_await write(": keep-alive\n\n");
        }
    }
    // A refusal is the handler's to finish.
    if (refusal) {
        co_await net::sleep_until(net::Deadline::max());
    }
}

asio::awaitable<void> EventStream::Impl::watch_peer() {
    std::size_t dropped = 0;
    while (dropped < most_from_peer) {
        co_await transport.wait_readable();
        const auto got = transport.read_some(context.scratch());
        if (got.status == Transport::Status::closed) {
            break;
        }
        dropped += got.bytes;
    }
    is_closed = true;
    turn.notify();
}

asio::awaitable<void> EventStream::Impl::run_handler(EventStream& stream) {
    co_await exchange.endpoint->stream_handler(exchange.request, stream);
}

void EventStream::Impl::write_end() {
    if (!has_started || is_closed || !is_chunked) {
        return;
    }
    transport.write_some("0\r\n\r\n", {});
}

EventStream::EventStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventStream::~EventStream() = default;

asio::awaitable<bool> EventStream::send(
    std::string_view event, std::string_view data, std::string_view id
) {
    return impl_->write(format_event(event, data, id));
}

asio::awaitable<bool> EventStream::start() { return impl_->write({}); }

bool EventStream::refuse(Response response) {
    if (impl_->has_started || impl_->is_closed) {
        return false;
    }
    impl_->refusal = std::move(response);
    return true;
}

bool EventStream::is_open() const { return impl_->is_open(); }

std::string_view EventStream::last_event_id() const {
    return impl_->exchange.request.header("Last-Event-ID");
}

std::optional<std::string> describe_failure(const std::exception_ptr& error) {
    try {
        if (error) {
            std::rethrow_exception(error);
        }
    } catch (const boost::system::system_error& failure) {
        if (failure.code() != asio::error::operation_aborted) {
            return failure.what();
        }
    } catch (const std::exception& failure) {
        return failure.what();
    } catch (...) {
        return "an exception of an unknown type";
    }
    return std::nullopt;
}

asio::awaitable<StreamOutcome> serve_event_stream(
    Context& context, Transport& transport, Exchange& exchange
) {
    const auto executor = co_await asio::this_coro::executor;
    auto owned = std::make_unique<EventStream::Impl>(context, transport, exchange, executor);
    auto& impl = *owned;
    EventStream stream(std::move(owned));
    auto race = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, impl.run_handler(stream), asio::deferred),
        asio::co_spawn(executor, impl.keep_alive(), asio::deferred),
        asio::co_spawn(executor, impl.watch_peer(), asio::deferred)
    );
    const auto [order, handler_error, second_error, third_error] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    // What is left is bounded by itself; another cancel must not cut it in the middle.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());

    StreamOutcome outcome;
    const auto failure = describe_failure(handler_error);
    if (failure) {
        context.logger().error(
            "stream {} failed: {}, id={}",
            exchange.request.route,
            *failure,
            exchange.request.request_id
        );
    }
    if (impl.refusal && !impl.has_started) {
        outcome.refusal = std::move(impl.refusal);
        co_return outcome;
    }
    if (failure && !impl.has_started) {
        outcome.refusal = to_response(base::Error{});
        co_return outcome;
    }
    if (!impl.has_started && !impl.is_closed) {
        co_await impl.write({});
    }
    impl.write_end();
    outcome.bytes = impl.bytes;
    co_return outcome;
}

}  // namespace trunkline::httpd
