#include "httpd/router.hpp"

#include <utility>

#include "route_table.hpp"

namespace trunkline::httpd {

Router::Router() : table_(std::make_unique<RouteTable>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(std::string method, std::string pattern, Handler handler, RouteOptions options) {
    Endpoint endpoint;
    endpoint.method = std::move(method);
    endpoint.pattern = std::move(pattern);
    endpoint.handler = std::move(handler);
    endpoint.options = options;
    table_->add(std::move(endpoint));
}

void Router::add_stream(std::string pattern, EventStreamHandler handler, RouteOptions options) {
    Endpoint endpoint;
    endpoint.kind = Endpoint::Kind::stream;
    endpoint.method = "GET";
    endpoint.pattern = std::move(pattern);
    endpoint.stream_handler = std::move(handler);
    endpoint.options = options;
    table_->add(std::move(endpoint));
}

void Router::add_websocket(
    std::string pattern, WebSocketHandler handler, RouteOptions options, WebSocketOptions websocket
) {
    Endpoint endpoint;
    endpoint.kind = Endpoint::Kind::websocket;
    endpoint.method = "GET";
    endpoint.pattern = std::move(pattern);
    endpoint.websocket_handler = std::move(handler);
    endpoint.websocket = std::move(websocket);
    endpoint.options = options;
    table_->add(std::move(endpoint));
}

void Router::add_files(std::string prefix, std::filesystem::path folder, RouteOptions options) {
    while (prefix.ends_with('/')) {
        prefix.pop_back();
    }
    const auto serve = [folder = std::move(folder)](const Request& request
                       ) -> asio::awaitable<Response> {
        auto response = Response::file_in(folder, request.param("path"));
        // Revalidated by ETag each time: pages change with a deployment, not with their names.
        if (response.opened_file) {
            response.add_header("Cache-Control", "no-cache");
        }
        co_return response;
    };
    add("GET", prefix + "/{path...}", serve, options);
    if (!prefix.empty()) {
        // Relative links of the index page need the slash.
        const auto redirect = [](const Request& request) -> asio::awaitable<Response> {
            co_return Response::redirect(request.path + "/", 308);
        };
        add("GET", prefix, redirect, options);
    }
}

}  // namespace trunkline::httpd
