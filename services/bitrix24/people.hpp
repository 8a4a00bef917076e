#pragma once

#include <vector>

#include "connector/connector.hpp"
#include "mapping.hpp"

namespace trunkline::bitrix24 {

/// Reads the answer of telephony.externalCall.searchCrmEntities: the first entity that was found.
connector::Customer customer_of(json::View root, const Users& users);
/// The user who is responsible for it; nothing if nobody is.
std::optional<std::int64_t> responsible_in(json::View root);
std::vector<connector::Manager> managers_of(const Users& users);

}  // namespace trunkline::bitrix24
