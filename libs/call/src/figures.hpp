#pragma once

#include <vector>

#include "call/call.hpp"
#include "call/live_call.hpp"
#include "conversation.hpp"
#include "roles.hpp"

namespace trunkline::call {

/// Fills the times, lengths and the outcome of `call`, whose phase is set, by the rules of contract
/// section 2.
void fill_figures(
    Call& call, const std::vector<Fact>& facts, const Roles& roles, const Conversation& conversation
);

}  // namespace trunkline::call
