#pragma once

#include <string>

#include "connector/service.hpp"

namespace trunkline::retailcrm {

/// The key by which RetailCRM says for which enterprise it calls us:
/// integrations_config.retailcrm.client_id. forbidden, not_found as Enterprise::secret(). It is
/// kept out of all logs from then on.
base::Result<std::string> client_id_of(
    const tenants::Enterprise& enterprise, const crypto::SecretBox* box
);

/// The same; makes one at random, sealed if there is a SECRETS_KEY, and keeps it if there is none.
asio::awaitable<base::Result<std::string>> ensure_client_id(
    connector::Parts parts, connector::EnterprisePointer enterprise, net::Deadline deadline
);

}  // namespace trunkline::retailcrm
