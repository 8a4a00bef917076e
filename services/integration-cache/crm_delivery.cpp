#include "crm_delivery.hpp"

#include <algorithm>
#include <utility>

#include "base/trace.hpp"
#include "contract/connector.hpp"

namespace trunkline::integration_cache {
namespace {

constexpr std::size_t kept_answer = 300;

}  // namespace

CrmDelivery::CrmDelivery(
    httpc::Client& client, const std::vector<Connector>& connectors, std::string internal_token
)
    : client_(client), connectors_(connectors), internal_token_(std::move(internal_token)) {}

outbox::WorkerSettings CrmDelivery::worker_settings() {
    outbox::WorkerSettings settings;
    settings.queue = "crm";
    settings.lease = std::chrono::milliseconds(90'000);
    settings.schedule.first = std::chrono::milliseconds(10'000);
    settings.schedule.longest = std::chrono::milliseconds(30 * 60'000);
    settings.schedule.give_up_after = std::chrono::hours(26);
    return settings;
}

const Connector* CrmDelivery::connector_of(const std::string& name) const {
    const auto found = std::ranges::find(connectors_, name, &Connector::name);
    return found == connectors_.end() || found->url.empty() ? nullptr : &*found;
}

asio::awaitable<outbox::Verdict> CrmDelivery::deliver(const outbox::Item& item) {
    const auto* connector = connector_of(item.message.target);
    if (connector == nullptr) {
        co_return outbox::Verdict::dead(
            "there is no connector " + item.message.target + " in this installation"
        );
    }
    httpc::Request request;
    request.method = "POST";
    request.url = connector->url + "/internal/" + connector->name + "/call-event";
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
    // A step makes its own quick tries against the CRM, so it may take long.
    request.timeout = std::chrono::milliseconds(45'000);
    request.peer = connector->name;
    const auto outcome = co_await client_.send(std::move(request));
    if (!outcome) {
        const auto& error = outcome.error().error;
        // A step that takes too long says something about one account, not about the connector.
        co_return error.code == base::Errc::unavailable
            ? outbox::Verdict::unreachable(base::describe(error))
            : outbox::Verdict::retry(base::describe(error));
    }
    co_return verdict_of(*outcome);
}

outbox::Verdict verdict_of(const httpc::Response& response) {
    const auto said = std::to_string(response.status) + ": " + response.body.substr(0, kept_answer);
    if (response.status == 400 || response.status == 413 || response.status == 422) {
        return outbox::Verdict::dead("the connector refused the step: " + said);
    }
    if (response.status != 200) {
        return outbox::Verdict::retry("the connector answered " + said);
    }
    const auto document = json::parse(response.body);
    if (!document) {
        return outbox::Verdict::retry("the connector's answer is not readable: " + said);
    }
    const auto answer = contract::connector_answer_from_json(document->root());
    if (!answer) {
        return outbox::Verdict::retry(
            "the connector's answer is not readable: " + answer.error().detail
        );
    }
    using enum contract::ConnectorAnswer::Result;
    switch (answer->result) {
        case done:
        case duplicate:
        case ignored:
            return outbox::Verdict::done();
        case permanent:
            return outbox::Verdict::dead(
                answer->detail + (answer->mend.empty() ? "" : " - " + answer->mend)
            );
        case retry:
            return outbox::Verdict::retry(answer->detail, answer->retry_after);
    }
    return outbox::Verdict::retry(answer->detail);
}

}  // namespace trunkline::integration_cache
