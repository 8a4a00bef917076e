#pragma once

#include "connector/verdict.hpp"

namespace trunkline::bitrix24 {

/// What an answer of Bitrix24 means (contracts/bitrix24.md section 3). Pure. `absent`: there is no
/// such call. `expired`: come again, after a refresh of the token (401), at the portal's new
/// address (302), or when the method may be used again (429).
connector::Verdict judge(const httpc::Response& response);

/// A portal that was renamed.
bool is_redirect(const httpc::Response& response);
/// This method has used its time; the others may go on.
bool is_out_of_time(const httpc::Response& response);

/// The `result` of an answer that was accepted; malformed if there is none.
base::Result<json::Document> document_of(const httpc::Response& response);

}  // namespace trunkline::bitrix24
