#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "site.hpp"

namespace trunkline::faults {

/// What was promised and what became of it.
struct Verdict {
    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t stored = 0;        ///< Different events.
    std::uint64_t recovered = 0;     ///< Of these by way of the journal.
    std::uint64_t doubled = 0;       ///< Events stored more than once.
    std::uint64_t lost = 0;          ///< Acknowledged and not stored.
    std::uint64_t out_of_order = 0;  ///< Events handed on before an earlier one of their call.
    std::uint64_t calls = 0;         ///< Calls all of whose events were acknowledged.
    std::uint64_t wrong_calls = 0;   ///< Of these without exactly one row in `calls`.
    std::uint64_t resent = 0;
    std::uint64_t refused = 0;
    std::uint64_t surprises = 0;
    double p50_ms = 0;
    double p99_ms = 0;
    double slowest_ms = 0;

    bool holds() const {
        return lost + doubled + out_of_order + wrong_calls + surprises == 0 && acknowledged > 0;
    }
    std::string text() const;
};

/// After Site::settle().
Verdict judge(const Site& site);

}  // namespace trunkline::faults
