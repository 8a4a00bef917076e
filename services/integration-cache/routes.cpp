#include "routes.hpp"

#include <chrono>

#include "dispatch_handlers.hpp"

namespace trunkline::integration_cache {
namespace {

void add_own_routes(httpd::Router& router, OwnParts own) {
    using enum OwnStore::Mode;
    const httpd::RouteOptions admin{
        .body_limit = 64UL * 1024,
        .access = httpd::Access::admin,
        .deadline = std::chrono::milliseconds(10000)
    };
    const httpd::RouteOptions file{
        .body_limit = 4UL * 1024 * 1024,
        .access = httpd::Access::admin,
        .deadline = std::chrono::milliseconds(60000)
    };
    router.add("GET", "/own/{ent}/contacts", list_own_contacts(own), admin);
    router.add("POST", "/own/{ent}/contacts", add_own_contact(own), admin);
    router.add("GET", "/own/{ent}/contacts/{id}", get_own_contact(own), admin);
    router.add("PUT", "/own/{ent}/contacts/{id}", keep_own_contact(own, put), admin);
    router.add("PATCH", "/own/{ent}/contacts/{id}", keep_own_contact(own, patch), admin);
    router.add("DELETE", "/own/{ent}/contacts/{id}", remove_own_contact(own), admin);
    router.add("GET", "/own/{ent}/contacts/{id}/calls", list_contact_calls(own), admin);
    router.add("GET", "/own/{ent}/companies", list_own_companies(own), admin);
    router.add("POST", "/own/{ent}/companies", add_own_company(own), admin);
    router.add("GET", "/own/{ent}/companies/{id}", get_own_company(own), admin);
    router.add("PUT", "/own/{ent}/companies/{id}", keep_own_company(own, put), admin);
    router.add("PATCH", "/own/{ent}/companies/{id}", keep_own_company(own, patch), admin);
    router.add("DELETE", "/own/{ent}/companies/{id}", remove_own_company(own), admin);
    router.add("GET", "/own/{ent}/companies/{id}/calls", list_company_calls(own), admin);
    router.add("GET", "/own/{ent}/calls", list_own_calls(own), admin);
    router.add("POST", "/own/{ent}/import", import_own_contacts(own), file);
}

}  // namespace

httpd::Router routes(
    Dispatcher& dispatcher, const LookupParts& lookups, CacheKeeper& keeper, OwnParts own
) {
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
    add_own_routes(router, own);
    return router;
}

}  // namespace trunkline::integration_cache
