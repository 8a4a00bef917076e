#include "routes.hpp"

#include <chrono>

#include "hook_handlers.hpp"
#include "module_handlers.hpp"

namespace trunkline::retailcrm {

void add_routes(httpd::Router& router, const connector::Parts& parts) {
    const httpd::RouteOptions registration{
        .body_limit = 64UL * 1024,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(20'000)
    };
    const auto register_it = register_telephony(parts);
    router.add("POST", "/internal/retailcrm/register-module/{ent}", register_it, registration);
    const auto hook = connector::hook_options();
    router.add("GET", "/retailcrm/hooks/logo.svg", get_logo(), hook);
    for (const auto* method : {"GET", "POST"}) {
        router.add(method, "/retailcrm/hooks/{key}/click-to-call", place_call(parts), hook);
        router.add(method, "/retailcrm/hooks/{key}/status", take_status(parts), hook);
        router.add(method, "/retailcrm/hooks/{key}/activity", take_activity(parts), hook);
    }
}

}  // namespace trunkline::retailcrm
