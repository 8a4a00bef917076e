#include "service_api.hpp"

#include <boost/asio/this_coro.hpp>
#include <chrono>

#include "base/text.hpp"
#include "emulator_api.hpp"
#include "httpc/client.hpp"
#include "metrics/registry.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr json::Limits answer_limits{.max_bytes = std::size_t{32} << 20, .max_depth = 64};
// The emulator's own limit for a call that is waited for is two minutes.
constexpr std::chrono::milliseconds answer_limit{130'000};

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

/// A service of the suite, and what it wants to be shown.
struct Service {
    std::string name;
    std::string url;
    std::string token;
    std::string token_setting;
};

std::string text_of(json::View view, std::string_view key, const std::string& otherwise) {
    const auto found = view.find(key);
    const auto text = found ? found->string() : std::nullopt;
    return text ? std::string(*text) : otherwise;
}

base::Error problem_of(const Service& service, const httpc::Response& response) {
    const auto document = json::parse(response.body, answer_limits);
    auto error = base::Error{
        .code = code_of(response.status),
        .detail = service.name + " answered " + std::to_string(response.status),
        .fields = {},
        .native = {}
    };
    if (document) {
        error.detail = text_of(document->root(), "detail", error.detail);
        // A problem is an object, which has no elements.
        const auto fields = document->root().find("errors").value_or(document->root());
        for (const auto field : fields.elements()) {
            error.fields.push_back({text_of(field, "path", ""), text_of(field, "detail", "")});
        }
    }
    if (response.status == 401 || response.status == 403) {
        error.detail += " (" + service.token_setting + " must be that of " + service.name + ")";
    }
    return error;
}

asio::awaitable<base::Result<json::Document>> ask(
    Service service, std::string method, std::string target, Upload upload
) {
    metrics::Registry registry;
    httpc::Client client(co_await asio::this_coro::executor, httpc::Settings{}, registry);
    httpc::Request request;
    request.method = std::move(method);
    request.url = service.url + target;
    request.timeout = answer_limit;
    request.max_response_bytes = answer_limits.max_bytes;
    if (!service.token.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + service.token);
    }
    if (!upload.body.empty()) {
        request.headers.emplace_back("Content-Type", std::move(upload.content_type));
        request.body = std::move(upload.body);
    }
    const auto outcome = co_await client.send(std::move(request));
    co_await client.close();
    if (!outcome) {
        co_return base::fail(
            outcome.error().error.code,
            service.name + " at " + service.url +
                " does not answer: " + outcome.error().error.detail
        );
    }
    if (outcome->status >= 300) {
        co_return std::unexpected(problem_of(service, *outcome));
    }
    co_return json::parse(outcome->body.empty() ? "{}" : outcome->body, answer_limits);
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
    Service ingest{"ingest", context.ingest_url, context.admin_token, "ADMIN_TOKEN"};
    auto answer = co_await ask(std::move(ingest), std::move(method), std::move(target), {});
    co_return answer;
}

asio::awaitable<base::Result<json::Document>> ask_integration_cache(
    Context& context, std::string method, std::string target, Upload upload
) {
    Service gateway{
        "integration-cache", context.integration_cache_url, context.admin_token, "ADMIN_TOKEN"
    };
    auto answer =
        co_await ask(std::move(gateway), std::move(method), std::move(target), std::move(upload));
    co_return answer;
}

asio::awaitable<base::Result<json::Document>> ask_emulator(
    Context& context, std::string method, std::string target, std::string body
) {
    Service emulator{
        "the call emulator", context.emulator_url, context.internal_token, "INTERNAL_TOKEN"
    };
    Upload upload;
    upload.body = std::move(body);
    auto answer =
        co_await ask(std::move(emulator), std::move(method), std::move(target), std::move(upload));
    co_return answer;
}

}  // namespace trunkline::trunkctl
