#include "routes.hpp"

#include <chrono>

#include "app/page.hpp"
#include "emulation_handlers.hpp"

namespace trunkline::call_emulator {

httpd::Router routes(const Parts& parts, const std::string& pages) {
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
    const httpd::RouteOptions gather{
        .body_limit = 0,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(15'000)
    };
    const httpd::RouteOptions import{
        .body_limit = 1024UL * 1024,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(5000)
    };
    router.add("GET", "/patterns", list_patterns(parts.book), open);
    router.add("POST", "/patterns", import_pattern(parts.book), import);
    router.add("DELETE", "/patterns/{id}", delete_pattern(parts.book), look_up);
    router.add("POST", "/emulate", emulate(parts.runner, parts.book, parts.targets), order);
    router.add("POST", "/loads", start_load(parts.loads, parts.targets), order);
    router.add("GET", "/loads/{id}", get_load(parts.loads), look_up);
    router.add("GET", "/runs", list_runs(parts.runner), look_up);
    router.add("GET", "/runs/{id}", get_run(parts.runner), look_up);
    router.add("GET", "/runs/{id}/outcome", get_outcome(parts.runner, parts.witnesses), gather);
    router.add("GET", "/runs/{id}/export", export_run(parts.runner, parts.witnesses), gather);
    router.add("GET", "/batches/{id}", get_batch(parts.runner), look_up);
    router.add_stream("/runs/{id}/events", follow_run(parts.runner, parts.witnesses), look_up);
    router.add("GET", "/test-interface", app::page(pages, "test-interface.html"), open);
    router.add("GET", "/test-interface/assets/{path...}", app::page_assets(pages), open);
    return router;
}

}  // namespace trunkline::call_emulator
