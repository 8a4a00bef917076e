#include "access.hpp"

#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace trunkline::httpd {

namespace {

unsigned judge_token(std::string_view presented, std::string_view expected, unsigned if_missing) {
    if (presented.empty()) {
        return if_missing;
    }
    return !expected.empty() && crypto::equal_constant_time(presented, expected) ? 200 : 403;
}

}  // namespace

std::string_view bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "Bearer ";
    if (authorization.size() <= scheme.size() ||
        !base::equals_ignoring_case(authorization.substr(0, scheme.size()), scheme)) {
        return {};
    }
    return base::trim(authorization.substr(scheme.size()));
}

unsigned judge_access(
    const RouteOptions& options,
    std::string_view pattern,
    const AccessTokens& tokens,
    bool from_loopback,
    std::string_view authorization
) {
    const auto presented = bearer_token(authorization);
    switch (options.access) {
        case Access::open:
            return 200;
        case Access::internal:
            if (from_loopback) {
                return 200;
            }
            // INTERFACES section 5: strangers at the connectors' paths get 403, token asked for or
            // not.
            return judge_token(
                presented, tokens.internal, pattern.starts_with("/internal/") ? 403 : 401
            );
        case Access::admin:
            if (tokens.admin.empty()) {
                return from_loopback ? 200 : 403;
            }
            return judge_token(presented, tokens.admin, 401);
    }
    return 403;
}

}  // namespace trunkline::httpd
