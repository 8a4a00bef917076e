#include "ingest_api.hpp"

#include <boost/asio/this_coro.hpp>
#include <chrono>

#include "base/text.hpp"
#include "httpc/client.hpp"
#include "metrics/registry.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr json::Limits answer_limits{.max_bytes = std::size_t{32} << 20, .max_depth = 64};

base::Errc code_of(unsigned status) {
    switch (status) {
        case 401:
            return base::Errc::unauthorized;
        case 403:
            return base::Errc::forbidden;
        case 404:
            return base::Errc::not_found;
        case 409:
            return base::Errc::conflict;
        case 400:
        case 422:
            return base::Errc::invalid_input;
        default:
            return base::Errc::unavailable;
    }
}

base::Error problem_of(const httpc::Response& response) {
    const auto document = json::parse(response.body, answer_limits);
    std::string detail = "ingest answered " + std::to_string(response.status);
    if (document && document->root().is_object()) {
        if (const auto said = document->root().find("detail")) {
            detail = said->string().value_or(detail);
        }
    }
    if (response.status == 401 || response.status == 403) {
        detail += " (ADMIN_TOKEN must be ingest's)";
    }
    return base::fail(code_of(response.status), detail).error();
}

}  // namespace

std::string with_query(std::string path, const Query& query) {
    char separator = '?';
    for (const auto& [name, value] : query) {
        if (!value.empty()) {
            path += separator + name + "=" + base::percent_encode(value);
            separator = '&';
        }
    }
    return path;
}

asio::awaitable<base::Result<json::Document>> ask_ingest(
    Context& context, std::string method, std::string target
) {
    metrics::Registry registry;
    httpc::Client client(co_await asio::this_coro::executor, httpc::Settings{}, registry);
    httpc::Request request;
    request.method = std::move(method);
    request.url = context.ingest_url + target;
    request.timeout = std::chrono::milliseconds(70'000);
    request.max_response_bytes = answer_limits.max_bytes;
    if (!context.admin_token.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + context.admin_token);
    }
    const auto outcome = co_await client.send(std::move(request));
    co_await client.close();
    if (!outcome) {
        co_return base::fail(
            outcome.error().error.code,
            "ingest at " + context.ingest_url + " does not answer: " + outcome.error().error.detail
        );
    }
    if (outcome->status >= 300) {
        co_return std::unexpected(problem_of(*outcome));
    }
    co_return json::parse(outcome->body, answer_limits);
}

}  // namespace trunkline::trunkctl
