#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace trunkline::pbx_gateway {

/// A row of pbx_servers. Two that are equal need no new connection.
struct ExchangeRow {
    std::string id;
    std::string enterprise_number;
    std::string kind;  ///< `asterisk`; others are not connected yet.
    std::string name;
    std::string host;
    std::uint16_t port = 5038;
    std::string username;
    std::string secret;  ///< As stored: plain or sealed.
    bool use_ssl = false;
    std::chrono::seconds connect_timeout{10};
    std::chrono::seconds reconnect_delay{5};
    bool debug_mode = false;
    std::string recordings_path;  ///< On the exchange.
    std::string settings;         ///< JSON text; exchange_settings.hpp reads it.

    // Of its enterprise.
    std::string token;
    std::string timezone;
    std::string webhook_secret;  ///< As stored.

    bool operator==(const ExchangeRow&) const = default;
};

}  // namespace trunkline::pbx_gateway
