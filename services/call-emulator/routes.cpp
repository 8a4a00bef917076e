#include "routes.hpp"

#include <chrono>

#include "app/page.hpp"
#include "emulation_handlers.hpp"

namespace trunkline::call_emulator {

httpd::Router routes(Runner& runner, const Targets& targets, const std::string& pages) {
    httpd::Router router;
    const httpd::RouteOptions open{
        .body_limit = 0, .access = httpd::Access::open, .deadline = std::chrono::milliseconds(2000)
    };
    const httpd::RouteOptions order{
        .body_limit = 64UL * 1024,
        .access = httpd::Access::internal,
        // At real pace a call takes as long as it takes; longer ones are answered with 202.
        .deadline = std::chrono::minutes(2)
    };
    const httpd::RouteOptions look_up{
        .body_limit = 0,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(2000)
    };
    router.add("GET", "/patterns", list_patterns(), open);
    router.add("POST", "/emulate", emulate(runner, targets), order);
    router.add("GET", "/runs/{id}", get_run(runner), look_up);
    router.add_stream("/runs/{id}/events", follow_run(runner), look_up);
    router.add("GET", "/test-interface", app::page(pages, "test-interface.html"), open);
    router.add("GET", "/test-interface/assets/{path...}", app::page_assets(pages), open);
    return router;
}

}  // namespace trunkline::call_emulator
