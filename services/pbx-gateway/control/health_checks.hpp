#pragma once

#include <string>
#include <string_view>

#include "health.hpp"

namespace trunkline::pbx_control {

/// A ping, and what is known of the connection.
asio::awaitable<HealthPart> check_connection(Exchange exchange);
/// Version, uptime, load.
asio::awaitable<HealthPart> check_system(ExchangeLink& link);
/// What is up, and which phones and trunks are there.
asio::awaitable<HealthPart> check_channels(ExchangeLink& link);
/// Queues whose callers nobody can answer.
asio::awaitable<HealthPart> check_queues(ExchangeLink& link);
/// How calls went during the last day, and how those sound that are up now.
asio::awaitable<HealthPart> check_quality(Exchange exchange, ControlStore& store);

/// What `CHANNEL(rtcp,all)` of chan_pjsip tells of one call's sound.
struct Sound {
    double lost_percent = 0;
    double jitter_ms = 0;
    double round_trip_ms = 0;
};
std::optional<Sound> sound_of(std::string_view rtcp);

}  // namespace trunkline::pbx_control
