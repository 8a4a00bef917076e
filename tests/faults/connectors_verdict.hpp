#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "connectors_site.hpp"

namespace trunkline::faults {

/// What one CRM holds, beside what it should.
struct CrmAccount {
    std::uint64_t records = 0;  ///< Calls with their end, each counted once.
    std::uint64_t missing = 0;
    std::uint64_t doubled = 0;
    std::uint64_t unexpected = 0;      ///< Of internal calls.
    std::uint64_t doubled_popups = 0;  ///< Where the API knows no repeat.
    std::uint64_t counted_doubles = 0;
    std::map<std::string, std::uint64_t> violations;  ///< Of the API's rules and limits.
    std::uint64_t dead = 0;

    bool holds() const {
        return missing + doubled + unexpected + dead == 0 && doubled_popups <= counted_doubles &&
               violations.empty() && records > 0;
    }
};

struct ConnectorsVerdict {
    std::uint64_t calls = 0;
    std::uint64_t surprises = 0;  ///< The gateway's answers of no known kind.
    std::map<std::string, CrmAccount> crms;

    bool holds() const;
    std::string text() const;
};

/// After ConnectorsSite::settle().
ConnectorsVerdict judge(const ConnectorsSite& site);

/// The records that are still missing in a CRM, while everything goes on. After stop_callers().
std::uint64_t missing_in(const ConnectorsSite& site, const std::string& crm);

}  // namespace trunkline::faults
