#include "connector/crm_client.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/redact.hpp"
#include "base/text.hpp"
#include "net/backoff.hpp"
#include "net/sleep.hpp"

namespace trunkline::connector {
namespace {

using namespace std::chrono_literals;

constexpr unsigned most_tries = 3;
constexpr std::size_t kept_answer = 1000;
constexpr std::size_t most_circuits = 1000;
constexpr auto circuit_forgotten_after = 10min;
/// A longer wait is the gateway's, which holds no connection meanwhile.
constexpr auto longest_pause = 3s;

net::BackoffPolicy pause_policy() {
    return {.initial = 200ms, .maximum = 1000ms, .factor = 3.0, .jitter = 0.5};
}

net::Deadline now() { return std::chrono::steady_clock::now(); }

Verdict verdict_of(const httpc::Failure& failure) {
    const auto detail = base::describe(failure.error);
    if (failure.error.code == base::Errc::forbidden ||
        failure.error.code == base::Errc::invalid_input) {
        return Verdict::refused(
            detail, "check the address in the configuration, or allow it by ALLOWED_UPSTREAM_HOSTS"
        );
    }
    return Verdict::failed(detail);
}

bool is_over(const Verdict& verdict) {
    return verdict.kind != Verdict::Kind::busy && verdict.kind != Verdict::Kind::failed;
}

std::string_view name_of(Verdict::Kind kind) {
    using enum Verdict::Kind;
    switch (kind) {
        case accepted:
            return "accepted";
        case absent:
            return "absent";
        case busy:
            return "busy";
        case failed:
            return "failed";
        case expired:
            return "expired";
        case refused:
            return "refused";
    }
    return "failed";
}

std::string kept_text(std::string text) {
    text.resize(std::min(text.size(), kept_answer));
    text = base::replace_invalid_utf8(text);
    std::erase(text, '\0');
    return base::redact(std::move(text));
}

}  // namespace

httpc::BreakerSettings CrmClient::usual_circuit() {
    return {.failures = 6, .open_for = 10s, .count_server_errors = true};
}

CrmClient::CrmClient(
    asio::any_io_executor executor,
    httpc::Client& http,
    pg::Pool& pool,
    metrics::Registry& registry,
    std::string crm,
    std::string log_key,
    httpc::BreakerSettings circuit
)
    : http_(http),
      pool_(pool),
      registry_(registry),
      crm_(std::move(crm)),
      log_key_(std::move(log_key)),
      circuit_settings_(circuit),
      logger_(crm_),
      pacer_(std::move(executor)) {}

asio::awaitable<Reply> CrmClient::send(Order order, Subject subject) {
    auto reply = co_await send_all(std::move(order), &subject);
    co_return reply;
}

asio::awaitable<Reply> CrmClient::send(Order order) {
    auto reply = co_await send_all(std::move(order), nullptr);
    co_return reply;
}

// An earlier try's unknown outcome stays, whatever a later one was answered: only an acceptance
// settles it.
asio::awaitable<Reply> CrmClient::send_all(Order order, const Subject* subject) {
    const auto until = now() + order.limit;
    bool was_unknown = false;
    for (unsigned attempt = 1;; ++attempt) {
        auto reply = co_await try_once(order, subject, until);
        was_unknown = was_unknown || reply.is_unknown;
        reply.is_unknown = was_unknown && reply.verdict.kind != Verdict::Kind::accepted;
        const bool may_repeat = order.repeatable || !was_unknown;
        if (is_over(reply.verdict) || attempt == most_tries || !may_repeat) {
            co_return reply;
        }
        net::Duration pause = net::backoff_pause(pause_policy(), attempt);
        if (reply.verdict.kind == Verdict::Kind::busy && reply.verdict.retry_after) {
            pause = std::max<net::Duration>(pause, *reply.verdict.retry_after);
        }
        if (pause > longest_pause || now() + pause >= until) {
            co_return reply;
        }
        co_await net::sleep_for(pause);
    }
}

asio::awaitable<Reply> CrmClient::try_once(
    const Order& order, const Subject* subject, net::Deadline until
) {
    Reply reply;
    auto pass =
        co_await pacer_.admit(order.account, order.limits, order.priority, order.cost, until);
    if (!pass) {
        reply.verdict = Verdict::busy(pass.error().detail);
        co_return reply;
    }
    auto& circuit = circuit_of(order.account);
    const auto admitted = circuit.breaker.admit(now());
    if (!admitted) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            circuit.breaker.open_until() - now()
        );
        reply.verdict = Verdict::busy(
            crm_ + " has failed again and again; it is left alone for a moment",
            std::max<std::chrono::milliseconds>(left, 1s)
        );
        co_return reply;
    }
    auto request = order.request;
    request.peer = crm_;
    request.max_tries = 2;  // Repeated by the client only if nothing has left it.
    request.timeout = std::min<std::chrono::milliseconds>(
        request.timeout, std::chrono::duration_cast<std::chrono::milliseconds>(until - now()) + 1ms
    );
    if (subject != nullptr) {
        request.trace = subject->trace;
    }
    const auto begun = now();
    auto outcome = co_await http_.send(std::move(request));
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now() - begun);
    reply.verdict = outcome ? order.judge(*outcome) : verdict_of(outcome.error());
    // It travels on into the gateway's log and dead letters, where nobody knows this secret.
    reply.verdict.detail = base::redact(std::move(reply.verdict.detail));
    reply.is_unknown =
        outcome ? reply.verdict.kind == Verdict::Kind::failed : outcome.error().request_sent;
    if (outcome) {
        reply.response = std::move(*outcome);
    }
    settle(order, reply, *admitted);
    if (subject != nullptr) {
        co_await write_down(order, *subject, reply, took.count());
    } else if (!is_over(reply.verdict) || reply.verdict.kind == Verdict::Kind::refused) {
        logger_.warning("{}: {}", order.shown, reply.verdict.detail);
    }
    co_return reply;
}

void CrmClient::settle(const Order& order, const Reply& reply, httpc::Breaker::Pass admitted) {
    auto& circuit = circuit_of(order.account);
    if (reply.verdict.kind == Verdict::Kind::failed) {
        circuit.breaker.fail(admitted, now());
    } else {
        circuit.breaker.succeed(admitted);
    }
    if (reply.verdict.kind == Verdict::Kind::busy) {
        pacer_.pause(order.account, reply.verdict.retry_after.value_or(pause_policy().initial));
    }
    registry_
        .counter(
            "crm_requests_total",
            "Requests to a CRM, each try",
            {{"crm", crm_}, {"result", std::string(name_of(reply.verdict.kind))}}
        )
        .add();
}

CrmClient::Circuit& CrmClient::circuit_of(const std::string& account) {
    if (circuits_.size() >= most_circuits && !circuits_.contains(account)) {
        std::erase_if(circuits_, [](const auto& item) {
            return item.second.used < now() - circuit_forgotten_after;
        });
    }
    auto& circuit =
        circuits_.try_emplace(account, Circuit{httpc::Breaker(circuit_settings_), now()})
            .first->second;
    circuit.used = now();
    return circuit;
}

asio::awaitable<void> CrmClient::write_down(
    const Order& order, const Subject& subject, const Reply& reply, std::int64_t duration_ms
) {
    const auto answer = answer_of(reply.verdict);
    const auto status = std::string(contract::to_string(answer.result));
    const bool was_answered = reply.response.status != 0;
    const auto response = kept_text(was_answered ? reply.response.body : reply.verdict.detail);
    const auto http_status =
        was_answered ? std::optional<std::int64_t>(reply.response.status) : std::nullopt;
    const auto logger = logger_.with_trace(subject.trace.trace_id);
    logger.info(
        "{} {} {} -> {} {}",
        subject.enterprise,
        subject.unique_id,
        order.shown,
        status,
        answer.detail
    );
    const auto written = co_await pool_.execute(
        "INSERT INTO integration_logs (enterprise_number, integration, event_type, unique_id, "
        "call_uuid, request, response, status, http_status, duration_ms, trace_id, attempt) "
        "VALUES ($1, $2, $3, $4, nullif($5, '')::uuid, $6, $7, $8, $9, $10, $11, $12)",
        pg::Params::of(
            subject.enterprise,
            log_key_,
            subject.event_type,
            subject.unique_id,
            subject.call_uuid,
            base::redact(order.shown),
            response,
            status,
            http_status,
            duration_ms,
            subject.trace.trace_id,
            subject.attempt
        )
    );
    if (!written) {
        logger.warning("the log row could not be written: {}", base::describe(written.error()));
    }
}

}  // namespace trunkline::connector
