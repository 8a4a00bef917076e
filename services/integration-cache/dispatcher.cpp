#include "dispatcher.hpp"

#include <utility>

namespace trunkline::integration_cache {
namespace {

outbox::Message message_for(
    const Connector& connector,
    const tenants::Enterprise& enterprise,
    const contract::Dispatch& dispatch,
    const call::Call& call,
    call::DispatchKind kind,
    const std::string& trace_id
) {
    contract::ConnectorEvent event;
    event.enterprise_number = enterprise.number;
    event.token = enterprise.token;
    event.unique_id = dispatch.unique_id;
    event.kind = kind;
    event.raw = dispatch.raw;
    event.event_id = dispatch.event_id;
    event.call = call;
    event.accepted_at = base::system_clock().now();
    outbox::Message message;
    message.enterprise_number = enterprise.number;
    message.target = connector.name;
    message.order_key = call.uuid;
    message.kind = call::to_string(kind);
    message.payload = contract::to_json(event);
    message.trace_id = trace_id;
    return message;
}

}  // namespace

Dispatcher::Dispatcher(
    DispatchStore& store, tenants::Directory& directory, std::vector<Connector> connectors
)
    : store_(store), directory_(directory), connectors_(std::move(connectors)) {}

asio::awaitable<base::Result<contract::DispatchAnswer>> Dispatcher::accept(
    contract::Dispatch dispatch, std::string trace_id, net::Deadline deadline
) {
    auto enterprise = directory_.by_token(dispatch.token);
    if (!enterprise) {
        (void)co_await directory_.find_or_load(dispatch.token, deadline);
        enterprise = directory_.by_token(dispatch.token);
    }
    if (!enterprise) {
        if (!directory_.is_loaded()) {
            co_return base::fail(
                base::Errc::unavailable, "the database is away; nothing was accepted"
            );
        }
        co_return base::fail(base::Errc::not_found, "Enterprise not found");
    }
    if (dispatch.call) {
        auto call = *dispatch.call;
        co_return co_await accept_call(*enterprise, dispatch, std::move(call), std::move(trace_id));
    }
    auto derived = derive_call(*enterprise, dispatch);
    if (!derived) {
        co_return std::unexpected(derived.error());
    }
    co_return co_await accept_call(*enterprise, dispatch, std::move(*derived), std::move(trace_id));
}

asio::awaitable<base::Result<contract::DispatchAnswer>> Dispatcher::accept_call(
    const tenants::Enterprise& enterprise,
    const contract::Dispatch& dispatch,
    call::Call call,
    std::string trace_id
) {
    const auto targets = targets_of(connectors_, enterprise, call, dispatch.kind);
    NewDispatch row;
    row.enterprise_number = enterprise.number;
    row.unique_id = dispatch.unique_id;
    row.call_uuid = call.uuid;
    row.event_type = call::to_string(dispatch.kind);
    row.key = dispatch_key(dispatch.kind, call);
    row.trace_id = trace_id;
    row.is_hangup = dispatch.kind == call::DispatchKind::hangup;
    row.synthetic_key = dispatch_key(call::DispatchKind::dial, call);
    row.skipped = targets.skipped;
    contract::DispatchAnswer answer;
    answer.skipped = targets.skipped;
    for (const auto* connector : targets.send) {
        answer.targets.push_back(connector->key);
        row.messages.push_back(
            message_for(*connector, enterprise, dispatch, call, dispatch.kind, trace_id)
        );
        if (row.is_hangup) {
            row.synthetic_dials.push_back(message_for(
                *connector, enterprise, dispatch, call, call::DispatchKind::dial, trace_id
            ));
        }
    }
    const auto accepted = co_await store_.accept(std::move(row));
    if (!accepted) {
        co_return std::unexpected(accepted.error());
    }
    answer.duplicate = !*accepted;
    co_return answer;
}

}  // namespace trunkline::integration_cache
