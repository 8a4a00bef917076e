#include "crm_delivery.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "base/trace.hpp"
#include "contract/connector.hpp"
#include "dispatch_plan.hpp"
#include "json/document.hpp"

namespace trunkline::integration_cache {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t deliveries_at_once = 128;
constexpr std::size_t kept_answer = 300;
/// Until the database can be asked again.
constexpr auto blind_pause = 1000ms;
constexpr auto overtaken = "the pop-up is overtaken";

/// Retry-After in seconds; its other form, a date, is not worth a clock's trouble.
std::optional<std::chrono::milliseconds> retry_after(const httpc::Response& response) {
    const auto text = base::trim(response.header("Retry-After"));
    int seconds = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || parsed.ec != std::errc{} || seconds < 0) {
        return std::nullopt;
    }
    return std::chrono::seconds(seconds);
}

outbox::Verdict asked_to_wait(std::string reason, std::optional<std::chrono::milliseconds> after) {
    auto verdict = outbox::Verdict::retry(std::move(reason), after);
    verdict.all_wait = after.has_value();
    return verdict;
}

outbox::Verdict asked_to_come_again(const contract::ConnectorAnswer& answer) {
    if (!answer.only_this_call) {
        return asked_to_wait(answer.detail, answer.retry_after);
    }
    auto verdict = outbox::Verdict::retry(answer.detail, answer.retry_after);
    verdict.tried = false;
    return verdict;
}

outbox::Verdict verdict_of(const httpc::Failure& failure) {
    // A step that takes too long says something about one account, not about the connector.
    return failure.error.code == base::Errc::unavailable
               ? outbox::Verdict::unreachable(base::describe(failure.error))
               : outbox::Verdict::retry(base::describe(failure.error));
}

constexpr json::Limits payload_limits{.max_bytes = std::size_t{2} << 20, .max_depth = 64};

std::string unique_id_of(const std::string& payload) {
    const auto document = json::parse(payload, payload_limits);
    if (!document) {
        return {};
    }
    const auto member = document->root().find("uniqueId");
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

/// Nothing if it cannot be read; the connector will say so.
std::optional<contract::ConnectorEvent> event_of(const outbox::Item& item) {
    const auto document = json::parse(item.message.payload, payload_limits);
    if (!document) {
        return std::nullopt;
    }
    auto event = contract::connector_event_from_json(document->root());
    return event ? std::optional(std::move(*event)) : std::nullopt;
}

/// In the words of a connector's answer.
std::string status_of(const outbox::Verdict& verdict, const httpc::Outcome& outcome) {
    switch (verdict.kind) {
        case outbox::Verdict::Kind::dead:
            return "permanent";
        case outbox::Verdict::Kind::retry:
        case outbox::Verdict::Kind::wait:
            return "retry";
        case outbox::Verdict::Kind::done:
            break;
    }
    const auto document = outcome ? json::parse(outcome->body) : json::parse("{}");
    const auto answer = document ? contract::connector_answer_from_json(document->root())
                                 : std::unexpected(document.error());
    return answer ? std::string(contract::to_string(answer->result)) : "done";
}

}  // namespace

CrmDelivery::CrmDelivery(
    httpc::Client& client,
    const std::vector<Connector>& connectors,
    AttemptLog& log,
    CallRecord& record,
    OwnCalls& own,
    metrics::Registry& registry,
    CrmPatience patience,
    std::string internal_token
)
    : client_(client),
      connectors_(connectors),
      log_(log),
      record_(record),
      own_(own),
      registry_(registry),
      patience_(patience),
      internal_token_(std::move(internal_token)) {}

outbox::WorkerSettings CrmDelivery::worker_settings(const CrmPatience& patience) {
    outbox::WorkerSettings settings;
    settings.queue = "crm";
    settings.concurrency = deliveries_at_once;
    settings.per_lane = 4;
    settings.for_failing = 32;
    settings.lease = 10s;
    settings.schedule.first = patience.first_retry;
    settings.schedule.longest = 30min;
    settings.schedule.give_up_after = 26h;
    return settings;
}

httpc::Settings CrmDelivery::client_settings() {
    httpc::Settings settings;
    settings.max_connections_per_host = deliveries_at_once;
    settings.breaker.failures = 0;
    return settings;
}

const Connector* CrmDelivery::connector_of(const std::string& name) const {
    const auto found = std::ranges::find(connectors_, name, &Connector::name);
    return found == connectors_.end() || (found->url.empty() && !found->is_own()) ? nullptr
                                                                                  : &*found;
}

httpc::Request CrmDelivery::request_for(
    const Connector& connector, const outbox::Item& item, const std::string& payload
) const {
    httpc::Request request;
    request.method = "POST";
    request.url = connector.url + "/internal/" + connector.name + "/call-event";
    request.body = payload;
    request.headers.emplace_back("Content-Type", "application/json");
    request.headers.emplace_back("X-Attempt", std::to_string(item.attempt));
    if (!internal_token_.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + internal_token_);
    }
    if (!item.message.trace_id.empty()) {
        auto trace = base::TraceContext::make();
        trace.trace_id = item.message.trace_id;
        request.trace = trace;
    }
    request.timeout = patience_.step;
    request.peer = connector.name;
    return request;
}

asio::awaitable<outbox::Verdict> CrmDelivery::deliver(const outbox::Item& item) {
    const auto* connector = connector_of(item.message.target);
    if (connector == nullptr) {
        co_return outbox::Verdict::dead(
            "there is no connector " + item.message.target + " in this installation"
        );
    }
    if (connector->is_own()) {
        auto verdict = co_await deliver_to_own(item, *connector);
        co_return verdict;
    }
    Attempt attempt;
    if (time_left_for(item, base::system_clock().now()) <= 0ms) {
        attempt.status = "ignored";
        attempt.response = overtaken;
        co_await write_down(item, *connector, std::move(attempt));
        co_return outbox::Verdict::dropped(overtaken);
    }
    const auto payload = co_await payload_of(item, *connector);
    if (!payload) {
        co_return payload.error();
    }
    const auto begun = std::chrono::steady_clock::now();
    const auto outcome = co_await client_.send(request_for(*connector, item, *payload));
    const auto took = std::chrono::steady_clock::now() - begun;
    auto verdict = outcome ? integration_cache::verdict_of(*outcome) : verdict_of(outcome.error());
    attempt.request = "POST /internal/" + connector->name + "/call-event " + *payload;
    attempt.response = outcome ? outcome->body : base::describe(outcome.error().error);
    attempt.status = status_of(verdict, outcome);
    attempt.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    if (outcome) {
        attempt.http_status = static_cast<int>(outcome->status);
    }
    co_await write_down(item, *connector, std::move(attempt));
    co_return within_life(std::move(verdict), time_left_for(item, base::system_clock().now()));
}

asio::awaitable<outbox::Verdict> CrmDelivery::deliver_to_own(
    const outbox::Item& item, const Connector& own
) {
    const auto event = event_of(item);
    if (!event) {
        co_return outbox::Verdict::dead("the message cannot be read");
    }
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = co_await own_.record(*event);
    const auto took = std::chrono::steady_clock::now() - begun;
    Attempt attempt;
    attempt.request = "own_calls " + item.message.payload;
    attempt.response = answer.detail;
    attempt.status = contract::to_string(answer.result);
    attempt.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    co_await write_down(item, own, std::move(attempt));
    co_return integration_cache::verdict_of(answer);
}

asio::awaitable<std::expected<std::string, outbox::Verdict>> CrmDelivery::payload_of(
    const outbox::Item& item, const Connector& connector
) {
    auto event = event_of(item);
    if (!event || !may_be_held(connector, event->kind, event->call)) {
        co_return item.message.payload;
    }
    const auto recorded = co_await record_.find(event->enterprise_number, event->call.uuid);
    if (!recorded) {
        co_return std::unexpected(
            outbox::Verdict::wait(base::describe(recorded.error()), blind_pause)
        );
    }
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(
        base::system_clock().now() - item.created_at
    );
    if (const auto hold = hold_of(*recorded, since, patience_.upload_hold)) {
        co_return std::unexpected(outbox::Verdict::wait(hold->reason, hold->pause));
    }
    if (*recorded && !(*recorded)->is_talking && bring_up_to_date(*event, **recorded)) {
        co_return contract::to_json(*event);
    }
    co_return item.message.payload;
}

asio::awaitable<void> CrmDelivery::write_down(
    const outbox::Item& item, const Connector& connector, Attempt attempt
) {
    registry_
        .counter(
            "crm_steps_total",
            "Steps that connectors were asked for, and pop-ups that were overtaken before",
            {{"crm", connector.name}, {"result", attempt.status}}
        )
        .add();
    attempt.enterprise_number = item.message.enterprise_number;
    attempt.integration = connector.key;
    attempt.event_type = item.message.kind;
    attempt.unique_id = unique_id_of(item.message.payload);
    attempt.call_uuid = item.message.order_key;
    attempt.attempt = item.attempt;
    attempt.trace_id = item.message.trace_id;
    const auto logger = logger_.with_trace(item.message.trace_id);
    logger.info(
        "{} {} {} for {}, attempt {}: {} {}",
        attempt.enterprise_number,
        attempt.unique_id,
        attempt.event_type,
        connector.name,
        item.attempt,
        attempt.status,
        attempt.response.substr(0, kept_answer)
    );
    const auto written = co_await log_.write(std::move(attempt));
    if (!written) {
        logger.warning("the log row could not be written: {}", base::describe(written.error()));
    }
}

outbox::Verdict verdict_of(const httpc::Response& response) {
    const auto said = std::to_string(response.status) + ": " + response.body.substr(0, kept_answer);
    if (response.status == 400 || response.status == 413 || response.status == 422) {
        return outbox::Verdict::dead("the connector refused the step: " + said);
    }
    if (response.status != 200) {
        return asked_to_wait("the connector answered " + said, retry_after(response));
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
    return verdict_of(*answer);
}

outbox::Verdict verdict_of(const contract::ConnectorAnswer& answer) {
    using enum contract::ConnectorAnswer::Result;
    switch (answer.result) {
        case done:
        case duplicate:
        case ignored:
            return outbox::Verdict::done();
        case permanent:
            return outbox::Verdict::dead(
                answer.detail + (answer.mend.empty() ? "" : " - " + answer.mend)
            );
        case retry:
            return asked_to_come_again(answer);
    }
    return outbox::Verdict::retry(answer.detail);
}

std::chrono::milliseconds time_left_for(const outbox::Item& item, base::WallTime now) {
    if (item.message.kind != call::to_string(call::DispatchKind::dial)) {
        return std::chrono::milliseconds::max();
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        item.created_at + popup_life - now
    );
}

outbox::Verdict within_life(outbox::Verdict verdict, std::chrono::milliseconds left) {
    if (verdict.kind == outbox::Verdict::Kind::retry) {
        verdict.at_most = std::max(left, std::chrono::milliseconds(1));
    }
    return verdict;
}

}  // namespace trunkline::integration_cache
