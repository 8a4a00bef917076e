#include "routes.hpp"

#include <chrono>

namespace trunkline::uon {

void add_routes(httpd::Router& router, const HookParts& hooks) {
    for (const auto* method : {"GET", "POST"}) {
        router.add(method, "/uon/hooks/{key}/event", take_hook(hooks), connector::hook_options());
        router.add(
            method, "/uon/hooks/{key}/click-to-call", take_click(hooks), connector::hook_options()
        );
    }
    const httpd::RouteOptions registration{
        .body_limit = 1024,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(20'000)
    };
    router.add("POST", "/internal/uon/register-hooks/{ent}", register_hooks(hooks), registration);
}

}  // namespace trunkline::uon
