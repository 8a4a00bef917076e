#include "connector/pbx_gateway.hpp"

#include <utility>

#include "base/text.hpp"
#include "contract/originate.hpp"
#include "json/document.hpp"

namespace trunkline::connector {
namespace {

constexpr std::size_t kept_reason = 300;

/// What the gateway's problem says, or the start of whatever it said.
std::string reason_in(const httpc::Response& response) {
    const auto document = json::parse(response.body);
    if (document) {
        if (const auto detail = document->root().find("detail")) {
            return std::string(detail->string().value_or(""));
        }
    }
    return response.body.substr(0, kept_reason);
}

base::Errc code_of(unsigned status) {
    switch (status) {
        case 400:
        case 422:
            return base::Errc::invalid_input;
        case 401:
        case 403:
            return base::Errc::forbidden;
        case 404:
            return base::Errc::not_found;
        case 409:
            return base::Errc::conflict;
        case 429:
            return base::Errc::rate_limited;
        default:
            return base::Errc::unavailable;
    }
}

std::string id_in(const std::string& body) {
    const auto document = json::parse(body);
    const auto id = document ? document->root().find("id") : std::nullopt;
    return id ? std::string(id->scalar_text().value_or("")) : std::string();
}

}  // namespace

PbxGateway::PbxGateway(
    pg::Pool& pool, httpc::Client& http, std::string url, std::string internal_token
)
    : pool_(pool), http_(http), url_(std::move(url)), internal_token_(std::move(internal_token)) {}

asio::awaitable<base::Result<std::string>> PbxGateway::exchange_of(
    std::string enterprise, net::Deadline deadline
) {
    const auto rows = co_await pool_.execute(
        "SELECT id::text AS id FROM pbx_servers WHERE enterprise_number = $1 AND enabled "
        "ORDER BY pbx_servers.id LIMIT 1",
        pg::Params::of(enterprise),
        deadline
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "the enterprise has no exchange to call from");
    }
    co_return std::string(rows->front().text("id"));
}

asio::awaitable<base::Result<std::string>> PbxGateway::place(Order order, net::Deadline deadline) {
    if (url_.empty()) {
        co_return base::fail(base::Errc::not_found, "this installation places no calls");
    }
    const auto exchange = co_await exchange_of(order.enterprise, deadline);
    if (!exchange) {
        co_return std::unexpected(exchange.error());
    }
    contract::Originate originate;
    originate.enterprise_number = order.enterprise;
    originate.from = order.extension;
    originate.to = order.phone;
    originate.caller_id = order.line;
    originate.request_id = order.request_id;
    originate.requested_by = order.requested_by;
    httpc::Request request;
    request.method = "POST";
    request.url = url_ + "/pbx/" + base::percent_encode(*exchange) + "/calls";
    request.body = contract::to_json(originate);
    request.headers.emplace_back("Content-Type", "application/json");
    if (!internal_token_.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + internal_token_);
    }
    request.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::max<net::Duration>(net::time_left(deadline), std::chrono::milliseconds(1))
    );
    request.peer = "pbx-gateway";
    const auto outcome = co_await http_.send(std::move(request));
    if (!outcome) {
        co_return base::fail(
            base::Errc::unavailable,
            "pbx-gateway does not answer: " + base::describe(outcome.error().error)
        );
    }
    if (outcome->status >= 300) {
        co_return base::fail(
            code_of(outcome->status),
            "pbx-gateway answered " + std::to_string(outcome->status) + ": " + reason_in(*outcome)
        );
    }
    co_return id_in(outcome->body);
}

}  // namespace trunkline::connector
