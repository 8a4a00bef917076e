#include "routes.hpp"

#include <chrono>

#include "hook_handlers.hpp"
#include "message_handlers.hpp"

namespace trunkline::telegram {

httpd::Router routes(const RouteParts& parts) {
    httpd::Router router;
    const httpd::RouteOptions look{
        .body_limit = 0,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(5'000)
    };
    const httpd::RouteOptions test{
        .body_limit = 16UL * 1024,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(15'000)
    };
    // Telegram's: nginx publishes it, and the key in the path is a secret.
    const httpd::RouteOptions hook{
        .body_limit = 256UL * 1024,
        .access = httpd::Access::open,
        .deadline = std::chrono::milliseconds(15'000),
        .secret_path = true
    };
    router.add("GET", "/messages/{unique_id}", get_messages(parts.store, parts.directory), look);
    router.add("GET", "/stats", get_stats(parts.stats), look);
    router.add(
        "POST", "/internal/test-message", send_test_message(parts.courier, parts.directory), test
    );
    router.add("POST", "/telegram/hooks/{key}", take_update(parts.bots, parts.updates), hook);
    return router;
}

}  // namespace trunkline::telegram
