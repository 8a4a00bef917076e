#pragma once

#include <string>

#include "account.hpp"
#include "connector/crm_client.hpp"

namespace trunkline::uon {

// Requests of U-ON's API (contracts/uon.md section 1). The key is a segment of the address, so
// `shown` never holds the address.

/// POST `{base}/{key}/{method}.json` with a form.
connector::Order post(
    const std::string& base_url,
    const Account& account,
    const std::string& method,
    const std::string& form
);
/// GET `{base}/{key}/{method}.json`.
connector::Order get(
    const std::string& base_url, const Account& account, const std::string& method
);

}  // namespace trunkline::uon
