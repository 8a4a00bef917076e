#include "routes.hpp"

#include "httpd/problem.hpp"

namespace trunkline::bitrix24 {
namespace {

httpd::Handler take_event(Bitrix24& bitrix, tenants::Directory& directory) {
    return
        [&bitrix, &directory](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
            const auto enterprise = directory.by_hook_key(request.param("key"));
            if (!enterprise || !enterprise->is_enabled("bitrix24")) {
                co_return httpd::problem(404, "", "there is no such hook");
            }
            const auto taken =
                co_await bitrix.take_event(enterprise, form_of(request.body), request.deadline);
            if (!taken) {
                co_return httpd::to_response(taken.error());
            }
            co_return httpd::Response::json(R"({"status":"ok"})");
        };
}

}  // namespace

void add_routes(httpd::Router& router, Bitrix24& bitrix, tenants::Directory& directory) {
    const auto take = take_event(bitrix, directory);
    // Two addresses, as portals want one for the installation and one for events; both take all.
    router.add("POST", "/bitrix24/hooks/{key}/install", take, connector::hook_options());
    router.add("POST", "/bitrix24/hooks/{key}/event", take, connector::hook_options());
}

}  // namespace trunkline::bitrix24
