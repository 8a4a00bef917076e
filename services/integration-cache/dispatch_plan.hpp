#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "contract/dispatch.hpp"
#include "crm_targets.hpp"
#include "outbox/message.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::integration_cache {

/// A pop-up that is older than that is overtaken: nobody wants to see it now.
inline constexpr auto popup_life = std::chrono::seconds(60);

/// What 8020 has accepted of a call before.
struct KnownCall {
    std::vector<std::string> keys;  ///< dispatch_key() of each.
    std::string state;              ///< Of derive_call(); "" if there is none.
};

/// What one dispatch comes to.
struct DispatchPlan {
    contract::DispatchAnswer answer;
    std::string call_uuid;
    std::vector<std::string> keys;          ///< To be remembered; a synthetic dial's too.
    std::vector<outbox::Message> messages;  ///< In the order of their delivery.
    std::vector<std::pair<std::string, std::string>> skipped;  ///< To be logged: CRM and reason.
    std::string state;          ///< To be kept for the call's next event; "" if none is needed.
    bool makes_a_dial = false;  ///< A synthetic one.
    bool is_overtaken = false;  ///< A pop-up that comes too late.
};

/// Decides who gets what. A repeat is answered as one and does nothing; a hangup of a call with the
/// outside that had no dial is told after a dial of our own; a dial that comes after its hangup, or
/// more than `popup_life` after the event, reaches nobody. Pure. Errors are those of derive_call().
base::Result<DispatchPlan> plan_dispatch(
    const std::vector<Connector>& connectors,
    const tenants::Enterprise& enterprise,
    const contract::Dispatch& dispatch,
    const KnownCall& known,
    const std::string& trace_id,
    base::WallTime now
);

}  // namespace trunkline::integration_cache
