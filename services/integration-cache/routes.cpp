#include "routes.hpp"

#include <chrono>

#include "dispatch_handlers.hpp"

namespace trunkline::integration_cache {

httpd::Router routes(Dispatcher& dispatcher, const LookupParts& lookups, CacheKeeper& keeper) {
    httpd::Router router;
    const httpd::RouteOptions dispatch{
        .body_limit = 512UL * 1024,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(5000)
    };
    const httpd::RouteOptions look_up{
        .body_limit = 0,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(2000)
    };
    router.add("POST", "/dispatch/call-event", dispatch_call_event(dispatcher), dispatch);
    const httpd::RouteOptions change{
        .body_limit = 64UL * 1024,  // Ignored; some clients send an empty object.
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(5000)
    };
    router.add("GET", "/integrations/{ent}", get_integrations(lookups), look_up);
    router.add("GET", "/config/{ent}", get_config(lookups), look_up);
    router.add("GET", "/customer-name/{ent}/{phone}", get_customer_name(lookups), look_up);
    router.add("GET", "/customer-profile/{ent}/{phone}", get_customer_profile(lookups), look_up);
    router.add("GET", "/metadata/{ent}/manager/{ext}", get_manager(lookups), look_up);
    router.add("GET", "/metadata/{ent}/line/{line_id}", get_line(lookups), look_up);
    router.add("GET", "/stats", get_stats(keeper), look_up);
    router.add("POST", "/cache/refresh", refresh_cache(keeper, lookups.directory), change);
    router.add(
        "POST", "/cache/invalidate/{ent}", invalidate_cache(keeper, lookups.directory), change
    );
    return router;
}

}  // namespace trunkline::integration_cache
