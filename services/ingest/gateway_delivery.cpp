#include "gateway_delivery.hpp"

#include <utility>

#include "base/trace.hpp"

namespace trunkline::ingest {
namespace {

constexpr std::size_t kept_answer = 300;

std::string refusal(const httpc::Response& response) {
    return "8020 answered " + std::to_string(response.status) + ": " +
           response.body.substr(0, kept_answer);
}

}  // namespace

GatewayDelivery::GatewayDelivery(
    httpc::Client& client, std::string gateway_url, std::string internal_token
)
    : client_(client),
      url_(std::move(gateway_url) + "/dispatch/call-event"),
      internal_token_(std::move(internal_token)) {}

outbox::WorkerSettings GatewayDelivery::worker_settings() {
    outbox::WorkerSettings settings;
    settings.queue = "gateway";
    settings.lease = std::chrono::milliseconds(15000);
    settings.schedule.first = std::chrono::milliseconds(500);
    settings.schedule.longest = std::chrono::milliseconds(10000);
    settings.schedule.give_up_after = std::chrono::hours(72);
    return settings;
}

asio::awaitable<outbox::Verdict> GatewayDelivery::deliver(const outbox::Item& item) {
    httpc::Request request;
    request.method = "POST";
    request.url = url_;
    request.body = item.message.payload;
    request.headers.emplace_back("Content-Type", "application/json");
    if (!internal_token_.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + internal_token_);
    }
    if (!item.message.trace_id.empty()) {
        auto trace = base::TraceContext::make();
        trace.trace_id = item.message.trace_id;
        request.trace = trace;
    }
    request.timeout = std::chrono::milliseconds(2000);
    request.retry_safe = true;  // 8020 answers a repeat as one.
    const auto outcome = co_await client_.send(std::move(request));
    if (!outcome) {
        co_return outbox::Verdict::unreachable(base::describe(outcome.error().error));
    }
    if (outcome->status == 200 || outcome->status == 202) {
        co_return outbox::Verdict::done();
    }
    // What 8020 cannot read today it will not read tomorrow; the rest (404 of an enterprise it has
    // not seen, 429, 5xx) may pass.
    if (outcome->status == 400 || outcome->status == 413 || outcome->status == 422) {
        co_return outbox::Verdict::dead(refusal(*outcome));
    }
    co_return outbox::Verdict::retry(refusal(*outcome));
}

}  // namespace trunkline::ingest
