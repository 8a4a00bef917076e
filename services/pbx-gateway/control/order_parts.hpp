#pragma once

#include <functional>
#include <string>

#include "ami/actions.hpp"
#include "ami/readings.hpp"
#include "order.hpp"

namespace trunkline::pbx_control {

// What orders have in common.

using Outcome = base::Result<Answer>;

/// `{channel}` of the path.
std::string channel_of(const Wish& wish);

Answer done(const std::string& channel, const char* status = "ok");
/// A call that the exchange has taken.
Answer queued(const std::string& id);

/// Finds the channel, then does one thing to it.
using OneAction = std::function<ami::Built(const ami::Channel&)>;
asio::awaitable<Outcome> do_to(
    ExchangeLink& link, std::string name, OneAction action, const char* status
);

/// Where a call is to go: judged, and told to the order. `member` is the body's, for errors.
base::Result<Destination> destination_of(
    const Wish& wish, Order& order, const std::string& member, const std::string& to
);

/// The dialplan must know where a call is led to, or the call would end there. One that asks
/// another engine (a `switch`) cannot be known.
asio::awaitable<base::Result<>> check_exten(ExchangeLink& link, ami::Extension target);

}  // namespace trunkline::pbx_control
