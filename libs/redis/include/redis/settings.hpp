#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "net/backoff.hpp"

namespace trunkline::redis {

struct Settings {
    /// `redis://[[user]:password@]host[:port][/database]`.
    std::string url = "redis://127.0.0.1:6379/0";
    /// For the name look-up and TCP connect together.
    std::chrono::milliseconds connect_timeout{2000};
    /// A connection whose oldest command has no reply for so long is given up with all that it
    /// carries.
    std::chrono::milliseconds command_timeout{1000};
    /// An idle connection is asked for a sign of life so often.
    std::chrono::milliseconds ping_interval{10000};
    /// Commands whose replies have not come; above it further ones are refused as unavailable.
    std::size_t max_in_flight = 4096;
    /// Bytes that wait to be written; above it further commands are refused as unavailable.
    std::size_t max_queued_bytes = std::size_t{16} * 1024 * 1024;
    /// Size of one reply, in bytes and in elements of all its arrays; above it the connection is
    /// given up.
    std::size_t max_reply_bytes = std::size_t{16} * 1024 * 1024;
    std::size_t max_reply_elements = 100'000;
    /// Pauses between tries to connect.
    net::BackoffPolicy reconnect{
        .initial = std::chrono::milliseconds(100),
        .maximum = std::chrono::milliseconds(5000),
        .factor = 2.0,
        .jitter = 0.5
    };
};

/// Whether `url` is one that Client and Subscriber take; the error never shows the password.
base::Result<> check_url(std::string_view url);

}  // namespace trunkline::redis
