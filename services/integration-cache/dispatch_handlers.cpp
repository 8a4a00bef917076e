#include "dispatch_handlers.hpp"

#include <utility>

#include "httpd/problem.hpp"
#include "json/document.hpp"

namespace trunkline::integration_cache {
namespace {

// The raw event alone may have 64 KiB.
constexpr json::Limits dispatch_limits{.max_bytes = std::size_t{512} * 1024, .max_depth = 40};

}  // namespace

httpd::Response enterprise_not_found() {
    return httpd::Response::json(R"({"detail":"Enterprise not found"})", 404);
}

httpd::Handler dispatch_call_event(Dispatcher& dispatcher) {
    return [&dispatcher](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body, dispatch_limits);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        auto dispatch = contract::dispatch_from_json(document->root());
        if (!dispatch) {
            co_return httpd::to_response(dispatch.error());
        }
        const auto answer = co_await dispatcher.accept(
            std::move(*dispatch), request.trace.trace_id, request.deadline
        );
        if (!answer) {
            co_return answer.error().code == base::Errc::not_found
                ? enterprise_not_found()
                : httpd::to_response(answer.error());
        }
        co_return httpd::Response::json(contract::to_json(*answer), answer->duplicate ? 200 : 202);
    };
}

}  // namespace trunkline::integration_cache
