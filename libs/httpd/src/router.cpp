#include "httpd/router.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <utility>

#include "route_table.hpp"

namespace trunkline::httpd {
namespace {

// A cancel would be carried over by the wrong thread, so none goes through.
Handler handled_on(asio::any_io_executor executor, Handler handler) {
    return [executor = std::move(executor),
            handler = std::move(handler)](const Request& request) -> asio::awaitable<Response> {
        auto response = co_await asio::co_spawn(
            executor,
            handler(request),
            asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable)
        );
        co_return response;
    };
}

}  // namespace

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

void Router::add_all(const Router& other, const asio::any_io_executor& executor) {
    for (const auto& endpoint : other.table_->endpoints()) {
        if (endpoint->kind != Endpoint::Kind::plain) {
            throw std::logic_error(endpoint->pattern + " cannot be handled on another thread");
        }
        add(endpoint->method,
            endpoint->pattern,
            handled_on(executor, endpoint->handler),
            endpoint->options);
    }
}

}  // namespace trunkline::httpd
