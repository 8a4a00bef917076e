#pragma once

#include <string>
#include <vector>

#include "connector/verdict.hpp"
#include "httpc/client.hpp"

namespace trunkline::retailcrm {

/// What an answer of RetailCRM means (contracts/retailcrm.md section 2). The body may be an HTML
/// page; 200 with success:false is a failure too; an upload whose calls were there before is a
/// repeat. Pure.
connector::Verdict judge(const httpc::Response& response);
/// The same where a 404 may mean that there is no such module yet.
connector::Verdict judge_module(const httpc::Response& response);

}  // namespace trunkline::retailcrm
