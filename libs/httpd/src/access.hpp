#pragma once

#include <string_view>

#include "httpd/router.hpp"

namespace trunkline::httpd {

struct AccessTokens {
    std::string_view internal;
    std::string_view admin;
};

/// 200: come in; 401: say who you are; 403: not you.
unsigned judge_access(
    const RouteOptions& options,
    std::string_view pattern,
    const AccessTokens& tokens,
    bool from_loopback,
    std::string_view authorization
);

/// The token of `Bearer <token>`, any case of the scheme; empty if the header is something else.
std::string_view bearer_token(std::string_view authorization);

}  // namespace trunkline::httpd
