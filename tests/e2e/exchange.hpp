#pragma once

#include <string>

#include "call/event.hpp"
#include "suite.hpp"

namespace trunkline::e2e {

/// An event of libs/call's scenarios as an exchange posts it.
std::string body_of(const call::Event& event, const std::string& token);

/// Posts it to ingest; fails the test unless it is taken. `at`: X-Event-Time, or none.
void post(
    const Suite& suite,
    const call::Event& event,
    const std::string& token,
    const std::string& at = {}
);

}  // namespace trunkline::e2e
