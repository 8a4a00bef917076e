#pragma once

#include "call/card.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::telegram {

/// Writes what was found about a call's people into the enterprise's debug log (logs/0367.log), if
/// it has one switched on: `👤 customer_name: ..., full_name: ... (151)`. Nothing for a call whose
/// people nobody knows.
void log_enrichment(
    const tenants::Enterprise& enterprise, const call::Call& call, const call::CardNames& names
);

}  // namespace trunkline::telegram
