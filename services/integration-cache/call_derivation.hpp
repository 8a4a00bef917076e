#pragma once

#include <string>

#include "base/clock.hpp"
#include "call/call.hpp"
#include "contract/dispatch.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::integration_cache {

/// A call as far as the events tell it that came without `call`.
struct DerivedCall {
    call::Call call;
    std::string state;  ///< To be handed in with the call's next event; JSON text.
};

/// Works one event in by the rules of contracts/pbx-webhook.md, for senders of the seed's four
/// members alone. `state` is what the call's earlier events left, "" for the first: the first one
/// decides the direction, a bridge before the hangup makes the talk time. A call's uuid is made
/// from enterprise and UniqueId. A hangup always ends the call: nobody sends more of it. Pure.
/// invalid_input: an update, or a raw event that cannot be read.
base::Result<DerivedCall> derive_call(
    const tenants::Enterprise& enterprise,
    const contract::Dispatch& dispatch,
    const std::string& state,
    base::WallTime now
);

}  // namespace trunkline::integration_cache
