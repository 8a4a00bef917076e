#include "ingest_api.hpp"

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
struct Peer {
    std::string name;
    std::string url;
    std::string token;
    std::string token_setting;
};

base::Error problem_of(const httpc::Response& response, const Peer& peer) {
    const auto document = json::parse(response.body, answer_limits);
    std::string detail = peer.name + " answered " + std::to_string(response.status);
    if (document && document->root().is_object()) {
        if (const auto said = document->root().find("detail")) {
            detail = said->string().value_or(detail);
        }
    }
    if (response.status == 401 || response.status == 403) {
        detail += " (" + peer.token_setting + " must be that of " + peer.name + ")";
    }
    return base::fail(code_of(response.status), detail).error();
}

asio::awaitable<base::Result<json::Document>> ask(
    Peer peer, std::string method, std::string target, std::string body
) {
    metrics::Registry registry;
    httpc::Client client(co_await asio::this_coro::executor, httpc::Settings{}, registry);
    httpc::Request request;
    request.method = std::move(method);
    request.url = peer.url + target;
    request.body = std::move(body);
    request.timeout = answer_limit;
    request.max_response_bytes = answer_limits.max_bytes;
    if (!request.body.empty()) {
        request.headers.emplace_back("Content-Type", "application/json");
    }
    if (!peer.token.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + peer.token);
    }
    const auto outcome = co_await client.send(std::move(request));
    co_await client.close();
    if (!outcome) {
        co_return base::fail(
            outcome.error().error.code,
            peer.name + " at " + peer.url + " does not answer: " + outcome.error().error.detail
        );
    }
    if (outcome->status >= 300) {
        co_return std::unexpected(problem_of(*outcome, peer));
    }
    co_return json::parse(outcome->body, answer_limits);
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
    Peer peer{
        .name = "ingest",
        .url = context.ingest_url,
        .token = context.admin_token,
        .token_setting = "ADMIN_TOKEN"
    };
    co_return co_await ask(std::move(peer), std::move(method), std::move(target), "");
}

asio::awaitable<base::Result<json::Document>> ask_emulator(
    Context& context, std::string method, std::string target, std::string body
) {
    Peer peer{
        .name = "the call emulator",
        .url = context.emulator_url,
        .token = context.internal_token,
        .token_setting = "INTERNAL_TOKEN"
    };
    co_return co_await ask(std::move(peer), std::move(method), std::move(target), std::move(body));
}

}  // namespace trunkline::trunkctl
