#pragma once

#include "ami/client.hpp"
#include "figures.hpp"
#include "follower.hpp"
#include "net/asio.hpp"

namespace trunkline::pbx_gateway {

/// Asks one exchange now and then how it fares, for the figures; and whether calls that count as
/// open are up.
class Poller {
public:
    /// What is referred to outlives it.
    Poller(ami::Client& client, Follower& follower, Figures& figures)
        : client_(client), follower_(follower), figures_(figures) {}

    /// Goes on until it is cancelled.
    asio::awaitable<void> run();

private:
    asio::awaitable<void> look_at_channels();
    asio::awaitable<void> look_at_phones();
    asio::awaitable<void> look_at_queues();

    ami::Client& client_;
    Follower& follower_;
    Figures& figures_;
};

}  // namespace trunkline::pbx_gateway
