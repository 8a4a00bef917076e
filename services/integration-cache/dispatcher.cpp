#include "dispatcher.hpp"

#include <memory>
#include <utility>

namespace trunkline::integration_cache {
namespace {

DispatchedCall call_of(const std::string& enterprise, const contract::Dispatch& dispatch) {
    DispatchedCall out;
    out.enterprise_number = enterprise;
    out.unique_id = dispatch.unique_id;
    out.derives = !dispatch.call.has_value();
    if (dispatch.call) {
        out.pbx = dispatch.call->pbx;
        out.uuid = dispatch.call->uuid;
    }
    return out;
}

}  // namespace

Dispatcher::Dispatcher(
    DispatchStore& store,
    tenants::Directory& directory,
    std::vector<Connector> connectors,
    metrics::Registry& registry
)
    : store_(store),
      directory_(directory),
      connectors_(std::move(connectors)),
      accepted_(registry.counter("dispatch_accepted_total", "Events taken for the CRMs")),
      repeats_(registry.counter("dispatch_repeats_total", "Events that had been taken before")),
      synthetic_dials_(registry.counter(
          "dispatch_synthetic_dials_total", "Dials made up before a hangup that had none"
      )),
      overtaken_(registry.counter(
          "dispatch_overtaken_total", "Pop-ups that came too late and reach nobody"
      )) {}

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
    auto call = call_of(enterprise->number, dispatch);
    const std::string event_type(call::to_string(dispatch.kind));
    const auto shared = std::make_shared<const contract::Dispatch>(std::move(dispatch));
    DispatchStore::Decide decide = [this, enterprise, shared, trace_id](const KnownCall& known) {
        const auto now = base::system_clock().now();
        return plan_dispatch(connectors_, *enterprise, *shared, known, trace_id, now);
    };
    const auto plan =
        co_await store_.accept(std::move(call), event_type, trace_id, std::move(decide));
    if (!plan) {
        co_return std::unexpected(plan.error());
    }
    count(*plan);
    co_return plan->answer;
}

void Dispatcher::count(const DispatchPlan& plan) {
    if (plan.answer.duplicate) {
        repeats_.add();
        return;
    }
    accepted_.add();
    synthetic_dials_.add(plan.makes_a_dial ? 1 : 0);
    overtaken_.add(plan.is_overtaken ? 1 : 0);
}

}  // namespace trunkline::integration_cache
