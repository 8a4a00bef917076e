#include "access.hpp"

#include "testing/catch.hpp"

using namespace trunkline::httpd;

namespace {

struct Case {
    Access access;
    const char* pattern;
    bool admin_token_is_set;
    bool from_loopback;
    const char* authorization;
    unsigned verdict;
};

}  // namespace

TEST_CASE("access follows the route's kind, the address and the token", "[httpd]") {
    const Case cases[] = {
        {Access::open, "/start", true, false, "", 200},
        {Access::internal, "/dispatch", true, true, "", 200},
        {Access::internal, "/dispatch", true, true, "Bearer wrong", 200},
        {Access::internal, "/dispatch", true, false, "", 401},
        {Access::internal, "/dispatch", true, false, "Bearer internal-secret", 200},
        {Access::internal, "/dispatch", true, false, "bearer internal-secret", 200},
        {Access::internal, "/dispatch", true, false, "Bearer admin-secret", 403},
        {Access::internal, "/dispatch", true, false, "Basic aW50ZXJuYWw=", 401},
        {Access::internal, "/internal/uon/call-event", true, false, "", 403},
        {Access::internal, "/internal/uon/call-event", true, false, "Bearer internal-secret", 200},
        {Access::admin, "/calls", true, true, "", 401},
        {Access::admin, "/calls", true, false, "", 401},
        {Access::admin, "/calls", true, true, "Bearer nope", 403},
        {Access::admin, "/calls", true, true, "Bearer internal-secret", 403},
        {Access::admin, "/calls", true, false, "Bearer admin-secret", 200},
        {Access::admin, "/calls", false, true, "", 200},
        {Access::admin, "/calls", false, false, "", 403},
        {Access::admin, "/calls", false, false, "Bearer ", 403},
    };
    for (const auto& each : cases) {
        RouteOptions options;
        options.access = each.access;
        const AccessTokens tokens{"internal-secret", each.admin_token_is_set ? "admin-secret" : ""};
        CAPTURE(each.pattern, each.from_loopback, each.authorization, each.admin_token_is_set);
        CHECK(
            judge_access(options, each.pattern, tokens, each.from_loopback, each.authorization) ==
            each.verdict
        );
    }
}

TEST_CASE("an unset internal token lets no stranger in", "[httpd]") {
    RouteOptions options;
    options.access = Access::internal;
    CHECK(judge_access(options, "/x", {}, false, "Bearer ") == 401);
    CHECK(judge_access(options, "/x", {}, false, "Bearer anything") == 403);
}
