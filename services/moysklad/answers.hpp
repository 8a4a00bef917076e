#pragma once

#include <optional>

#include "connector/verdict.hpp"
#include "mapping.hpp"

namespace trunkline::moysklad {

/// What an answer of either API means (contracts/moysklad.md section 2.1): by its HTTP status
/// first, the code is for the mend.
connector::Verdict judge(const httpc::Response& response);

/// 412 with 3006: MoySklad has an object with this externalId.
bool says_not_unique(const httpc::Response& response);

/// The call object of an answer; nothing if there is none in it.
std::optional<Stored> stored_in(const httpc::Response& response);

}  // namespace trunkline::moysklad
