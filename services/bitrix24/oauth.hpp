#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "connector/verdict.hpp"
#include "httpc/client.hpp"

namespace trunkline::bitrix24 {

// A new pair of tokens for a refresh token (contracts/bitrix24.md section 2), as pure functions.

struct TokenPair {
    std::string access;
    std::string refresh;
    std::int64_t expires = 0;  ///< Seconds since 1970.
};

struct Client {
    std::string id;
    std::string secret;
};

/// Where to refresh: at Bitrix24's own server that the portal named, else where the operator says.
std::string oauth_server(const std::string& server_endpoint, const std::string& configured);
/// The address holds secrets: it is in no log.
httpc::Request refresh_request(
    const std::string& server, const Client& client, const std::string& refresh_token
);
/// refused: only a person can mend it.
std::expected<TokenPair, connector::Verdict> pair_in(const httpc::Response& response);

}  // namespace trunkline::bitrix24
