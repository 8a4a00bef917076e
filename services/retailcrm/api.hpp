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

/// Sends it; the answer as JSON. not_found: there is no such thing; forbidden: refused, with its
/// mend; unavailable: not now.
asio::awaitable<base::Result<json::Document>> ask(
    connector::CrmClient& crm, connector::Order order, net::Deadline deadline
);

}  // namespace trunkline::retailcrm
