#include "routes.hpp"

#include <chrono>

#include "message_handlers.hpp"

namespace trunkline::telegram {

httpd::Router routes(CardStore& store, BotApi& api, tenants::Directory& directory) {
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
    router.add("GET", "/messages/{unique_id}", get_messages(store), look);
    router.add("GET", "/stats", get_stats(store), look);
    router.add("POST", "/internal/test-message", send_test_message(api, directory), test);
    return router;
}

}  // namespace trunkline::telegram
