#pragma once

#include <string>

#include "base/error.hpp"
#include "journal_record.hpp"
#include "rejected_store.hpp"

namespace trunkline::ingest {

/// A refused event as it is kept for people. `enterprise_number` empty: nobody's.
Rejected rejected_of(
    const ReceivedEvent& event,
    std::string enterprise_number,
    std::string token,
    const base::Error& error
);

/// Why an event was refused, as people read it: each place with what is wrong there.
std::string reason_of(const base::Error& error);

/// not_found: no enterprise has this Token.
base::Error unknown_token(const std::string& token);

}  // namespace trunkline::ingest
