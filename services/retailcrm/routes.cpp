#include "routes.hpp"

#include <chrono>

namespace trunkline::retailcrm {

httpd::Router routes(const Parts& parts) {
    httpd::Router router;
    const httpd::RouteOptions step{
        .body_limit = 512UL * 1024,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(40'000)
    };
    const httpd::RouteOptions look_up{
        .body_limit = 0,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(5'000)
    };
    router.add("POST", "/internal/retailcrm/call-event", take_call_event(parts), step);
    router.add("GET", "/internal/retailcrm/customer/{ent}/{phone}", find_customer(parts), look_up);
    router.add(
        "GET", "/internal/retailcrm/responsible/{ent}/{phone}", find_responsible(parts), look_up
    );
    return router;
}

}  // namespace trunkline::retailcrm
