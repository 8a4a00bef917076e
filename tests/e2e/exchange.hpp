#pragma once

#include <string>
#include <vector>

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

struct Posting {
    const call::Event* event = nullptr;
    std::string token;
    std::string at;
};
/// The same with many, one after another over one connection: as fast as ingest takes them.
void post_in_turn(const Suite& suite, const std::vector<Posting>& postings);

}  // namespace trunkline::e2e
