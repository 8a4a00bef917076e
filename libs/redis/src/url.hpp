#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace trunkline::redis {

struct Address {
    std::string host = {};  ///< Name or number, IPv6 without brackets.
    std::uint16_t port = 6379;
    std::string user = {};
    std::string password = {};
    unsigned database = 0;

    /// For logs: without user and password.
    std::string to_string() const;
};

/// `redis://[[user]:password@]host[:port][/database]`, user and password percent-encoded where
/// needed.
base::Result<Address> parse_url(std::string_view url);

}  // namespace trunkline::redis
