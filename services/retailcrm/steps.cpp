#include "steps.hpp"

#include <chrono>
#include <utility>

#include "answers.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace trunkline::retailcrm {
namespace {

using Answer = contract::ConnectorAnswer;

/// A pop-up that is older is overtaken: nobody wants to see it now (contracts/retailcrm.md section
/// 9).
constexpr auto popup_life = std::chrono::seconds(60);
constexpr std::size_t kept_answer = 1000;

Answer answer_of(Answer::Result result, std::string detail) {
    return {.result = result, .detail = std::move(detail), .mend = "", .retry_after = std::nullopt};
}

Answer answer_of(const base::Error& error) {
    return answer_of(Answer::Result::retry, base::describe(error));
}

Answer answer_of(const Judgement& judgement) {
    Answer answer;
    answer.detail = judgement.detail;
    answer.mend = judgement.mend;
    answer.retry_after = judgement.retry_after;
    switch (judgement.kind) {
        case Judgement::Kind::accepted:
            answer.result =
                judgement.duplicates.empty() ? Answer::Result::done : Answer::Result::duplicate;
            if (!judgement.unknown_codes.empty()) {
                answer.detail =
                    "RetailCRM does not know the code " + judgement.unknown_codes.front();
            }
            break;
        case Judgement::Kind::wait_and_retry:
            answer.result = Answer::Result::retry;
            break;
        case Judgement::Kind::permanent:
            answer.result = Answer::Result::permanent;
            break;
    }
    return answer;
}

bool is_overtaken(const contract::ConnectorEvent& event) {
    return base::system_clock().now() - event.accepted_at > popup_life;
}

bool is_settled(const Answer& answer) {
    return answer.result == Answer::Result::done || answer.result == Answer::Result::duplicate ||
           answer.result == Answer::Result::ignored;
}

std::vector<std::string> keys_of(const std::vector<EffectStore::Effect>& effects) {
    std::vector<std::string> keys;
    for (const auto& effect : effects) {
        keys.push_back(effect.key);
    }
    return keys;
}

}  // namespace

Steps::Steps(Api& api, EffectStore& effects, metrics::Registry& registry)
    : api_(api),
      effects_(effects),
      possible_doubles_(registry.counter(
          "retailcrm_possible_doubles_total",
          "Pop-ups sent again because the outcome of the first stayed unknown",
          {}
      )) {}

asio::awaitable<Answer> Steps::take(
    const tenants::Enterprise& enterprise,
    Account account,
    contract::ConnectorEvent event,
    base::TraceContext trace,
    int attempt
) {
    if (const auto reason = reason_to_ignore(event.call)) {
        logger_.with_trace(trace.trace_id)
            .info("{} of {} ignored: {}", call::to_string(event.kind), event.unique_id, *reason);
        co_return answer_of(Answer::Result::ignored, *reason);
    }
    Context context{.external_phone = "", .site = account.site, .timezone = account.timezone};
    if (const auto line = enterprise.lines.find(event.call.line); line != enterprise.lines.end()) {
        context.external_phone = enterprise.canonical_number(line->second.number);
    }
    const Step step{event, std::move(account), std::move(context), std::move(trace), attempt};
    const auto key = event.enterprise_number + "/" + external_id(event.call);
    // The gateway died over the first one and asks again; both at once could double the effect.
    if (!under_way_.insert(key).second) {
        auto later = answer_of(Answer::Result::retry, "a step of this call is under way");
        later.retry_after = std::chrono::seconds(2);
        co_return later;
    }
    struct Leave {
        std::set<std::string>& keys;
        const std::string& key;
        ~Leave() { keys.erase(key); }
    } leave{under_way_, key};
    const auto answer = co_await take_step(step);
    co_return answer;
}

asio::awaitable<Answer> Steps::take_step(const Step& step) {
    switch (step.event.kind) {
        case call::DispatchKind::dial:
            co_return co_await ring(step);
        case call::DispatchKind::hangup:
            co_return co_await hang_up(step);
        case call::DispatchKind::bridge:
            co_return answer_of(Answer::Result::ignored, "RetailCRM knows no answered event");
        case call::DispatchKind::update:
            co_return answer_of(Answer::Result::ignored, "RetailCRM cannot change a recorded call");
    }
    co_return answer_of(Answer::Result::permanent, "unknown event type");
}

/// One pop-up for all extensions that have not had one: each extension is an effect of its own.
asio::awaitable<Answer> Steps::ring(const Step& step) {
    if (is_overtaken(step.event)) {
        co_return answer_of(Answer::Result::ignored, "the pop-up is overtaken");
    }
    const auto& call = step.event.call;
    const auto prefix = external_id(call) + ":ring:";
    std::vector<std::string> keys;
    for (const auto& code : call.rang) {
        keys.push_back(prefix + code);
    }
    if (keys.empty()) {
        co_return answer_of(Answer::Result::ignored, "nobody rings");
    }
    const auto effects = co_await effects_.begin(step.event.enterprise_number, keys);
    if (!effects) {
        co_return answer_of(effects.error());
    }
    if (effects->empty()) {
        co_return answer_of(Answer::Result::duplicate, "all extensions have had their pop-up");
    }
    std::vector<std::string> codes;
    for (const auto& effect : *effects) {
        codes.push_back(effect.key.substr(prefix.size()));
        possible_doubles_.add(effect.repeated ? 1 : 0);
    }
    const auto event = ringing_event(call, std::move(codes), step.context);
    co_return co_await post(
        step, "/telephony/call/event", "event", event.to_json(), keys_of(*effects)
    );
}

/// Closes the pop-up, then records the call. The record is sent whatever became of the pop-up.
asio::awaitable<Answer> Steps::hang_up(const Step& step) {
    if (!is_overtaken(step.event)) {
        std::vector<std::string> keys{external_id(step.event.call) + ":hangup"};
        const auto effects = co_await effects_.begin(step.event.enterprise_number, std::move(keys));
        if (!effects) {
            co_return answer_of(effects.error());
        }
        if (!effects->empty()) {
            possible_doubles_.add(effects->front().repeated ? 1 : 0);
            const auto event = hangup_event(step.event.call, step.context);
            const auto told = co_await post(
                step, "/telephony/call/event", "event", event.to_json(), keys_of(*effects)
            );
            if (told.result == Answer::Result::retry) {
                co_return told;
            }
            if (told.result == Answer::Result::permanent) {
                logger_.with_trace(step.trace.trace_id)
                    .warning("pop-up of {} refused: {}", step.event.unique_id, told.detail);
            }
        }
    }
    co_return co_await upload(step);
}

/// RetailCRM itself finds a repeat by externalId, so this may be sent again without a doubt.
asio::awaitable<Answer> Steps::upload(const Step& step) {
    std::vector<std::string> keys{external_id(step.event.call) + ":upload"};
    const auto effects = co_await effects_.begin(step.event.enterprise_number, std::move(keys));
    if (!effects) {
        co_return answer_of(effects.error());
    }
    if (effects->empty()) {
        co_return answer_of(Answer::Result::duplicate, "the call is recorded");
    }
    const auto call = uploaded_call(step.event.call, step.context);
    co_return co_await post(
        step, "/telephony/calls/upload", "calls", "[" + call.to_json() + "]", keys_of(*effects)
    );
}

asio::awaitable<Answer> Steps::post(
    const Step& step,
    std::string path,
    std::string field,
    std::string json,
    std::vector<std::string> keys
) {
    const auto begun = std::chrono::steady_clock::now();
    const auto outcome = co_await api_.post(step.account, path, std::move(field), json, step.trace);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begun
    );
    auto answer = outcome ? answer_of(judge(*outcome)) : answer_of(outcome.error().error);
    if (!outcome && outcome.error().error.code == base::Errc::forbidden) {
        answer = answer_of(Answer::Result::permanent, outcome.error().error.detail);
        answer.mend = "check base_url, or allow the host by ALLOWED_UPSTREAM_HOSTS";
    }
    const auto& enterprise = step.event.enterprise_number;
    // An answer that refuses, and a request that never left, have no effect: no doubt is left
    // behind.
    const bool unknown = !outcome && outcome.error().request_sent;
    base::Result<> kept;
    if (is_settled(answer)) {
        kept = co_await effects_.finish(enterprise, keys, answer.detail);
    } else if (!unknown) {
        kept = co_await effects_.forget(enterprise, keys);
    }
    if (!kept) {
        logger_.warning(
            "{}: the effect of {} could not be kept: {}",
            enterprise,
            path,
            base::describe(kept.error())
        );
    }
    co_await log(step, path, json, outcome, answer, took.count());
    co_return answer;
}

asio::awaitable<void> Steps::log(
    const Step& step,
    const std::string& path,
    const std::string& json,
    const httpc::Outcome& outcome,
    const Answer& answer,
    std::int64_t duration_ms
) {
    EffectStore::LogLine line;
    line.enterprise = step.event.enterprise_number;
    line.event_type = call::to_string(step.event.kind);
    line.unique_id = step.event.unique_id;
    line.call_uuid = step.event.call.uuid;
    line.request = "POST /api/v5" + path + " " + json;
    line.response =
        outcome ? outcome->body.substr(0, kept_answer) : base::describe(outcome.error().error);
    line.status = contract::to_string(answer.result);
    line.trace_id = step.trace.trace_id;
    line.duration_ms = duration_ms;
    line.attempt = step.attempt;
    if (outcome) {
        line.http_status = static_cast<int>(outcome->status);
    }
    line.response = base::replace_invalid_utf8(line.response);
    std::erase(line.response, '\0');
    const auto logger = logger_.with_trace(step.trace.trace_id);
    logger.info(
        "{} {} {} -> {} {}", line.enterprise, line.unique_id, path, line.status, answer.detail
    );
    const auto kept = co_await effects_.log(std::move(line));
    if (!kept) {
        logger.warning("the log row could not be written: {}", base::describe(kept.error()));
    }
}

}  // namespace trunkline::retailcrm
