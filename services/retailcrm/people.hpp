#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "connector/connector.hpp"
#include "json/document.hpp"

namespace trunkline::retailcrm {

// What RetailCRM's answers say about people. Ids come as numbers or as text. Pure.

/// Of telephony/manager (section 5): the customer and who is responsible.
connector::Customer customer_of(json::View root);
/// Whoever works with the CRM.
struct User {
    std::int64_t id = 0;
    std::string name;
};
/// Extensions by the user's id: the module has them, a user does not.
using Codes = std::map<std::int64_t, std::string>;

/// Of /users (section 6), one page.
std::vector<User> users_in(json::View root);
/// How many pages there are; 1 if it is not told.
std::int64_t pages_in(json::View root);
/// Of /integration-modules/{code} (section 7).
Codes codes_in(json::View root);
/// Of /credentials: `the key works`, or which of the methods that we need it may not use.
base::Result<std::string> rights_in(json::View root);

}  // namespace trunkline::retailcrm
