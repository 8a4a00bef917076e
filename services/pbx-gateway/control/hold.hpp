#pragma once

#include <string>

#include "order.hpp"

namespace trunkline::pbx_control {

// Holding a call by AMI. Nothing there holds a call by itself (QueuePause takes an agent out of a
// queue), so both sides are led out of their conversation at once: `channel` to the extension
// `hold` of the exchange's hold context, where it hears music, the other one to `wait`. Each keeps
// the other's name in TRUNKLINE_PEER, so that a restart of ours loses nothing, and goes when the
// other one has gone. The context is printed by `trunkctl pbx dialplan`.

asio::awaitable<base::Result<Answer>> hold_call(
    ExchangeLink& link, std::string channel, std::string context
);
/// Brings both together again, by the extension `resume`.
asio::awaitable<base::Result<Answer>> resume_call(
    ExchangeLink& link, std::string channel, std::string context
);

}  // namespace trunkline::pbx_control
