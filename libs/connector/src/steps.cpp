#include "steps.hpp"

#include <chrono>
#include <utility>

namespace trunkline::connector {
namespace {

constexpr auto come_again = std::chrono::seconds(2);

}  // namespace

bool Step::is_overtaken() const {
    return base::system_clock().now() - event.accepted_at > popup_life;
}

Subject Step::subject() const {
    Subject out;
    out.enterprise = event.enterprise_number;
    out.event_type = call::to_string(event.kind);
    out.unique_id = event.unique_id;
    out.call_uuid = event.call.uuid;
    out.trace = trace;
    out.attempt = attempt;
    return out;
}

Steps::Steps(Connector& connector, std::string crm)
    : connector_(connector), logger_(std::move(crm)) {}

asio::awaitable<Answer> Steps::take(Step step) {
    const auto logger = logger_.with_trace(step.trace.trace_id);
    if (const auto reason = reason_to_ignore(step.call())) {
        logger.info(
            "{} {} of {} ignored: {}",
            step.event.enterprise_number,
            call::to_string(step.event.kind),
            step.event.unique_id,
            *reason
        );
        co_return ignored(*reason);
    }
    const auto key = step.event.enterprise_number + "/" + step.external_id;
    // The gateway died over the first one and asks again; both at once could double the effect.
    if (!under_way_.insert(key).second) {
        co_return retry_this_call("a step of this call is under way", come_again);
    }
    struct Leave {
        std::set<std::string>& keys;
        const std::string& key;
        ~Leave() { keys.erase(key); }
    } const leave{under_way_, key};
    auto answer = co_await connector_.take(step);
    if (!is_settled(answer)) {
        logger.warning(
            "{} {} of {}, attempt {}: {} {}",
            step.event.enterprise_number,
            call::to_string(step.event.kind),
            step.event.unique_id,
            step.attempt,
            contract::to_string(answer.result),
            answer.detail
        );
    }
    co_return answer;
}

}  // namespace trunkline::connector
