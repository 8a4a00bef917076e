#pragma once

#include <chrono>
#include <optional>

#include "connector/verdict.hpp"
#include "mapping.hpp"

namespace trunkline::moysklad {

/// What an answer of either API means (contracts/moysklad.md section 2.1): by its HTTP status
/// first, the code is for the mend.
connector::Verdict judge(const httpc::Response& response);

/// How long to leave an account alone whose units are used up, as MoySklad's headers tell it;
/// nothing if `cost` more are there. Others may draw on the same account.
std::optional<std::chrono::milliseconds> pause_after(
    const httpc::Response& response, unsigned cost
);

/// 412 with 3006: MoySklad has an object with this externalId.
bool says_not_unique(const httpc::Response& response);

/// The call object of an answer; nothing if there is none in it.
std::optional<Stored> stored_in(const httpc::Response& response);

}  // namespace trunkline::moysklad
