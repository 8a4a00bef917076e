#pragma once

#include <string>

#include "connector/verdict.hpp"

namespace trunkline::uon {

/// What an answer of U-ON means (contracts/uon.md section 2): both the HTTP status and `result`
/// count. A 404 with `result` 404 and no `error` is "nothing found"; with an `error` it is our
/// mistake. Pure.
connector::Verdict judge(const httpc::Response& response);
/// The same for a method that creates: accepted only with the new thing's id, which is the
/// verdict's detail.
connector::Verdict judge_creation(const httpc::Response& response);

}  // namespace trunkline::uon
