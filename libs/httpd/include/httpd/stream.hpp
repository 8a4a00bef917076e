#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "httpd/message.hpp"
#include "net/asio.hpp"

namespace trunkline::httpd {

/// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). The handler
/// owns the pace, the stream the rest: a comment every 15 s while nothing is sent, and the
/// handler's end when the peer goes or the server drains (its await throws operation_aborted; clean
/// up by destructors). One executor.
class EventStream {
public:
    struct Impl;

    explicit EventStream(std::unique_ptr<Impl> impl);
    ~EventStream();
    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;

    /// Waits while the peer is slow, at most the write timeout. False: the peer is gone, stop. Line
    /// breaks in `data` become several data lines; in `event` and `id` they become blanks.
    asio::awaitable<bool> send(
        std::string_view event, std::string_view data, std::string_view id = {}
    );
    /// Sends the response's head at once; send() does it by itself.
    asio::awaitable<bool> start();
    /// Answers with this instead of a stream. Only before anything was sent (the head goes by
    /// itself after a second); false if it is too late.
    bool refuse(Response response);

    bool is_open() const;
    /// Where a reconnecting browser stopped; empty at the first connect.
    std::string_view last_event_id() const;

    Impl& impl() { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

/// One event as it goes over the wire.
std::string format_event(std::string_view event, std::string_view data, std::string_view id);

}  // namespace trunkline::httpd
