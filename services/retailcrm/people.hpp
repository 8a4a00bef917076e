#pragma once

#include <string>
#include <vector>

#include "connector/connector.hpp"
#include "json/document.hpp"

namespace trunkline::retailcrm {

// What RetailCRM's answers say about people. Ids come as numbers or as text. Pure.

/// Of telephony/manager (section 5): the customer and who is responsible.
connector::Customer customer_of(json::View root);
/// Of /users (section 6): a user carries no extension there.
std::vector<connector::Manager> managers_of(json::View root);
/// Of /credentials: `the key works`, or which of the methods that we need it may not use.
base::Result<std::string> rights_in(json::View root);

}  // namespace trunkline::retailcrm
