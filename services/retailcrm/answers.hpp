#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "contract/connector.hpp"
#include "httpc/client.hpp"

namespace trunkline::retailcrm {

/// What an answer of RetailCRM means (contracts/retailcrm.md section 2).
struct Judgement {
    enum class Kind { accepted, wait_and_retry, permanent } kind = Kind::accepted;
    std::string detail;
    std::string mend;
    std::optional<std::chrono::milliseconds> retry_after;
    std::vector<std::string> duplicates;  ///< duplicateCalls of an upload.
    std::vector<std::string>
        unknown_codes;  ///< notExistCodes: the event was accepted all the same.
};

/// The body may be an HTML page; 200 with success:false is a failure too. Pure.
Judgement judge(const httpc::Response& response);

}  // namespace trunkline::retailcrm
