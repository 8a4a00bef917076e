#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "context.hpp"
#include "transport.hpp"

namespace trunkline::httpd {

/// How a stream or WebSocket ended, for the session that lent it the connection.
struct StreamOutcome {
    unsigned status = 200;
    std::uint64_t bytes = 0;
    std::optional<Response> refusal;  ///< To be answered instead: nothing has been sent yet.
};

/// Runs the endpoint's stream handler until it ends, the peer goes, or the calling coroutine is
/// cancelled, which ends the stream in an orderly way. Leaves cancellation switched off; the caller
/// resets it. All parameters outlive it.
asio::awaitable<StreamOutcome> serve_event_stream(
    Context& context, Transport& transport, Exchange& exchange
);

/// The same for a WebSocket, which takes the transport's socket. `stop` is set meanwhile to what
/// cuts it at once.
asio::awaitable<StreamOutcome> serve_websocket(
    Context& context, Transport& transport, Exchange& exchange, std::function<void()>& stop
);

/// What a handler's end says for the log: nothing for a normal end or a cancel.
std::optional<std::string> describe_failure(const std::exception_ptr& error);

}  // namespace trunkline::httpd
