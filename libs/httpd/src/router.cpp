#include "httpd/router.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <utility>

#include "route_table.hpp"

namespace trunkline::httpd {
namespace {

// A cancel would be carried over by the wrong thread, so none goes through.
template <class T>
asio::awaitable<T> run_on(asio::any_io_executor executor, asio::awaitable<T> work) {
    auto result = co_await asio::co_spawn(
        std::move(executor),
        std::move(work),
        asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable)
    );
    co_return result;
}

/// Content that belongs to another thread: read there, and ended there.
class ContentElsewhere final : public Content {
public:
    ContentElsewhere(asio::any_io_executor executor, std::shared_ptr<Content> content)
        : executor_(std::move(executor)), content_(std::move(content)) {}
    ~ContentElsewhere() override {
        asio::post(executor_, [content = std::move(content_)] {});
    }
    ContentElsewhere(const ContentElsewhere&) = delete;
    ContentElsewhere& operator=(const ContentElsewhere&) = delete;

    std::uint64_t size() const override { return content_->size(); }
    std::string etag() const override { return content_->etag(); }
    std::optional<std::time_t> modified() const override { return content_->modified(); }
    asio::awaitable<base::Result<std::string>> read(std::uint64_t offset, std::size_t most)
        override {
        return run_on(executor_, content_->read(offset, most));
    }

private:
    asio::any_io_executor executor_;
    std::shared_ptr<Content> content_;
};

Handler handled_on(asio::any_io_executor executor, Handler handler) {
    return [executor = std::move(executor),
            handler = std::move(handler)](const Request& request) -> asio::awaitable<Response> {
        auto response = co_await run_on(executor, handler(request));
        if (response.fetched) {
            response.fetched =
                std::make_shared<ContentElsewhere>(executor, std::move(response.fetched));
        }
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
