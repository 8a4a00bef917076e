#pragma once

#include <cstdint>
#include <string>

#include "dispatch_site.hpp"

namespace trunkline::faults {

/// What each CRM should have got, and what it got.
struct DispatchVerdict {
    std::uint64_t calls = 0;
    std::uint64_t events = 0;
    std::uint64_t sent_again = 0;  ///< Answered as duplicates: the first answer was lost.
    std::uint64_t surprises = 0;
    // Steps of the played connectors.
    std::uint64_t steps = 0;
    std::uint64_t missing = 0;       ///< Not done, and no overtaken pop-up either.
    std::uint64_t unexpected = 0;    ///< Of internal calls, or of CRMs that are off.
    std::uint64_t out_of_order = 0;  ///< First done after a later one of its call.
    std::uint64_t repeated = 0;      ///< Done again, since the answer was lost.
    std::uint64_t overtaken = 0;     ///< Pop-ups that came too late and were dropped.
    // RetailCRM, behind the real connector.
    std::uint64_t records = 0;
    std::uint64_t missing_records = 0;
    std::uint64_t doubled_records = 0;
    std::uint64_t popups = 0;
    std::uint64_t missing_popups = 0;
    std::uint64_t doubled_popups = 0;
    std::uint64_t counted_doubles = 0;  ///< What the connector counted as possible.
    std::uint64_t dead = 0;

    bool holds() const {
        return surprises + missing + unexpected + out_of_order + missing_records + doubled_records +
                       missing_popups + dead ==
                   0 &&
               doubled_popups <= counted_doubles && steps > 0 && records > 0;
    }
    std::string text() const;
};

/// After DispatchSite::settle().
DispatchVerdict judge(DispatchSite& site);

}  // namespace trunkline::faults
