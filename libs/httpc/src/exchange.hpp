#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "connection.hpp"
#include "httpc/breaker.hpp"
#include "httpc/client.hpp"
#include "net/asio.hpp"
#include "plan.hpp"

namespace trunkline::httpc {

class Origin;

/// How far a request has come; outlives the tries, which a deadline or a cancel may end anywhere.
struct Progress {
    bool sent = false;             ///< In any of the tries.
    bool circuit_refused = false;  ///< Trying again soon is pointless.
    std::string_view doing = "starting";
    std::shared_ptr<Origin> origin;
    std::optional<Breaker::Pass> pass;  ///< While an admitted try goes on.
};

/// What one connection made of a request.
struct Exchange {
    Outcome outcome;
    bool keep = false;   ///< The connection is good for another.
    bool stale = false;  ///< On a kept connection: this is what one that the peer has left looks
                         ///< like, and it may be sent anew.
};

/// Writes the request and reads the answer. Throws operation_aborted on cancel.
asio::awaitable<Exchange> exchange(Connection& connection, const Plan& plan, Progress& progress);

std::unexpected<Failure> failure(base::Errc code, std::string detail, bool request_sent);
std::unexpected<Failure> failure(base::Error error, bool request_sent);

}  // namespace trunkline::httpc
