#pragma once

#include <string>
#include <vector>

#include "account.hpp"
#include "connector/crm_client.hpp"
#include "people.hpp"

namespace trunkline::retailcrm {

// Who works with an account, asked of RetailCRM. Errors are those of ask().

/// All pages of them.
asio::awaitable<base::Result<std::vector<User>>> active_users(
    connector::CrmClient& crm, Account account, net::Deadline deadline
);
/// The extensions that our module holds; none while it is not registered.
asio::awaitable<base::Result<Codes>> codes_of_module(
    connector::CrmClient& crm, Account account, std::string module, net::Deadline deadline
);

}  // namespace trunkline::retailcrm
