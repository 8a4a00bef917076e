#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "ami/actions.hpp"
#include "ami/readings.hpp"
#include "ami/reply.hpp"
#include "exchange.hpp"

namespace trunkline::pbx_control {

/// The most that an exchange may take for one action.
inline constexpr std::chrono::milliseconds action_limit{4'000};

/// Sends one action. Errors are told for who asked us, not for who talks to the exchange: a right
/// that our manager user lacks is `unavailable`, with what to add to its manager.conf.
asio::awaitable<base::Result<ami::Reply>> ask(
    ExchangeLink& link, ami::Built action, std::chrono::milliseconds limit = action_limit
);

/// All that is up.
asio::awaitable<base::Result<std::vector<ami::Channel>>> list_channels(ExchangeLink& link);

/// A channel by its name or its Uniqueid. not_found: `there is no channel ... now`.
asio::awaitable<base::Result<ami::Channel>> find_channel(ExchangeLink& link, std::string name);

/// A channel, and who else is in its conversation: the other one of two, through the halves of
/// Local channels too. conflict if it is in none, or with several.
struct Pair {
    ami::Channel channel;
    ami::Channel peer;
};
asio::awaitable<base::Result<Pair>> find_pair(ExchangeLink& link, std::string name);
base::Result<Pair> pair_of(const std::vector<ami::Channel>& channels, const std::string& name);

}  // namespace trunkline::pbx_control
