#include "dispatch_plan.hpp"

#include <algorithm>

#include "call_derivation.hpp"
#include "contract/connector.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"

namespace trunkline::integration_cache {
namespace {

using call::DispatchKind;

constexpr auto after_the_end = "overtaken: the call has ended";
constexpr auto too_late = "overtaken: too late for a pop-up";

bool has_dial(const KnownCall& known) { return std::ranges::any_of(known.keys, is_dial_key); }

bool has_key(const KnownCall& known, const std::string& key) {
    return std::ranges::find(known.keys, key) != known.keys.end();
}

/// Everything of one dispatch that its messages share.
struct Source {
    const tenants::Enterprise& enterprise;
    const contract::Dispatch& dispatch;
    const std::string& trace_id;
    base::WallTime accepted_at;
};

outbox::Message message_for(
    const Source& source,
    const Connector& connector,
    const call::Call& call,
    DispatchKind kind,
    std::string raw
) {
    contract::ConnectorEvent event;
    event.enterprise_number = source.enterprise.number;
    event.token = source.enterprise.token;
    event.unique_id = source.dispatch.unique_id;
    event.kind = kind;
    event.raw = std::move(raw);
    event.event_id = source.dispatch.event_id;
    event.call = call;
    event.accepted_at = source.accepted_at;
    event.synthetic = kind != source.dispatch.kind;
    outbox::Message message;
    message.enterprise_number = source.enterprise.number;
    message.target = connector.name;
    message.order_key = call.uuid;
    message.kind = call::to_string(kind);
    message.payload = contract::to_json(event);
    message.trace_id = source.trace_id;
    return message;
}

/// The call as it was when it rang, as far as its end tells.
call::Call ringing(call::Call call) {
    if (call.rang.empty()) {
        call.rang = call.talkers;
    }
    call.phase = call::Phase::dialing;
    call.talkers.clear();
    call.talker.clear();
    call.answered = false;
    call.answered_at.reset();
    call.ended_at.reset();
    call.talk_s = 0;
    call.wait_s = 0;
    call.record_url.clear();
    call.hangup_cause.clear();
    return call;
}

/// A dial as an exchange would have sent it (contracts/pbx-webhook.md section 2).
std::string dial_event(const Source& source, const call::Call& call) {
    const bool inbound = call.direction == call::Direction::in;
    json::Writer writer;
    writer.begin_object()
        .member("Token", source.enterprise.token)
        .member("UniqueId", source.dispatch.unique_id)
        .member("Phone", call.phone)
        .member("Extensions", call.rang)
        .member("CallType", inbound ? 0 : 1)
        .member("Trunk", call.line)
        .member("ExtTrunk", "")
        .member("ExtPhone", inbound ? call.phone : std::string())
        .end_object();
    return writer.take();
}

/// Pop-ups that come too late reach nobody.
void drop_overtaken(
    const Source& source, const KnownCall& known, base::WallTime now, Targets& targets
) {
    const bool has_ended = std::ranges::find(known.keys, std::string("hangup")) != known.keys.end();
    const bool is_late = now - source.accepted_at > popup_life;
    if (!has_ended && !is_late) {
        return;
    }
    for (const auto* connector : targets.send) {
        targets.skipped.emplace(connector->key, has_ended ? after_the_end : too_late);
    }
    targets.send.clear();
}

void add_messages(
    const Source& source, const Targets& targets, const call::Call& call, DispatchPlan& plan
) {
    if (plan.makes_a_dial) {
        const auto earlier = ringing(call);
        const auto raw = dial_event(source, earlier);
        for (const auto* connector : targets.send) {
            if (connector->takes_dial) {
                plan.messages.push_back(
                    message_for(source, *connector, earlier, DispatchKind::dial, raw)
                );
            }
        }
    }
    for (const auto* connector : targets.send) {
        plan.messages.push_back(
            message_for(source, *connector, call, source.dispatch.kind, source.dispatch.raw)
        );
    }
}

base::Result<call::Call> call_of(
    const Source& source, const KnownCall& known, base::WallTime now, DispatchPlan& plan
) {
    if (source.dispatch.call) {
        return *source.dispatch.call;
    }
    auto derived = derive_call(source.enterprise, source.dispatch, known.state, now);
    if (!derived) {
        return std::unexpected(derived.error());
    }
    plan.state = std::move(derived->state);
    return std::move(derived->call);
}

}  // namespace

base::Result<DispatchPlan> plan_dispatch(
    const std::vector<Connector>& connectors,
    const tenants::Enterprise& enterprise,
    const contract::Dispatch& dispatch,
    const KnownCall& known,
    const std::string& trace_id,
    base::WallTime now
) {
    DispatchPlan plan;
    const Source source{
        enterprise, dispatch, trace_id, std::min(now, dispatch.received_at.value_or(now))
    };
    const auto call = call_of(source, known, now, plan);
    if (!call) {
        return std::unexpected(call.error());
    }
    auto targets = targets_of(connectors, enterprise, *call, dispatch.kind);
    const auto key = dispatch_key(dispatch.kind, *call);
    plan.call_uuid = call->uuid;
    plan.answer.duplicate = has_key(known, key);
    if (dispatch.kind == DispatchKind::dial && !plan.answer.duplicate) {
        const auto wanted = targets.send.size();
        drop_overtaken(source, known, now, targets);
        plan.is_overtaken = targets.send.size() < wanted;
    }
    for (const auto* connector : targets.send) {
        plan.answer.targets.push_back(connector->key);
    }
    plan.answer.skipped = targets.skipped;
    if (plan.answer.duplicate) {
        return plan;
    }
    plan.keys.push_back(key);
    const bool shows_dials = std::ranges::any_of(targets.send, &Connector::takes_dial);
    if (dispatch.kind == DispatchKind::hangup && shows_dials && !has_dial(known)) {
        plan.keys.push_back(dispatch_key(DispatchKind::dial, ringing(*call)));
        plan.makes_a_dial = now - source.accepted_at <= popup_life;
    }
    add_messages(source, targets, *call, plan);
    for (const auto& [crm, reason] : targets.skipped) {
        if (reason != "disabled") {
            plan.skipped.emplace_back(crm, reason);
        }
    }
    return plan;
}

}  // namespace trunkline::integration_cache
