#pragma once

#include <map>
#include <string>
#include <string_view>

#include "connector/pbx_gateway.hpp"
#include "httpd/message.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::retailcrm {

// What RetailCRM asks of us (contracts/retailcrm.md section 8). How it sends it is not sure: query
// and form count alike. Pure.

using Fields = std::map<std::string, std::string, std::less<>>;

/// Query and form body together; the body wins.
Fields fields_of(const httpd::Request& request);
/// Trimmed; empty if it is not there.
std::string field(const Fields& fields, std::string_view name);

/// The call that a click asks for. invalid_input names what is missing or wrong; a line that is
/// none of the enterprise's own is: nobody calls under a foreign number.
base::Result<connector::PbxGateway::Order> call_of(
    const tenants::Enterprise& enterprise, const Fields& fields
);

/// What agent_statuses keeps.
struct UserStatus {
    std::string user;
    std::string extension;
    std::string status;
};
base::Result<UserStatus> status_of(const Fields& fields);

}  // namespace trunkline::retailcrm
