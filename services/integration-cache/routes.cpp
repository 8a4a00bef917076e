#include "routes.hpp"

#include <chrono>

#include "dispatch_handlers.hpp"
#include "lookup_handlers.hpp"

namespace trunkline::integration_cache {

httpd::Router routes(Dispatcher& dispatcher, tenants::Directory& directory, NameSource& names) {
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
    router.add("GET", "/integrations/{ent}", get_integrations(directory), look_up);
    router.add("GET", "/config/{ent}", get_config(directory), look_up);
    router.add("GET", "/customer-name/{ent}/{phone}", get_customer_name(directory, names), look_up);
    router.add("GET", "/metadata/{ent}/manager/{ext}", get_manager(directory), look_up);
    router.add("GET", "/metadata/{ent}/line/{line_id}", get_line(directory), look_up);
    return router;
}

}  // namespace trunkline::integration_cache
