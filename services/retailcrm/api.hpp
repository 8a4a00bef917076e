#pragma once

#include <string>

#include "account.hpp"
#include "connector/crm_client.hpp"

namespace trunkline::retailcrm {

// Requests of RetailCRM's API v5 (contracts/retailcrm.md sections 1 to 7). The key goes as a
// header, never in the address.

/// POST `path` (below /api/v5) with the one form field `name`, which holds JSON text.
connector::Order post(
    const Account& account,
    const std::string& path,
    const std::string& name,
    const std::string& json
);
/// GET `path` (below /api or /api/v5, as given) with its query.
connector::Order get(const Account& account, const std::string& path);

}  // namespace trunkline::retailcrm
