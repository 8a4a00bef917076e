#pragma once

#include <string>

#include "base/error.hpp"
#include "event_store.hpp"
#include "journal_record.hpp"

namespace trunkline::ingest {

/// A refused event as it is kept for people.
Rejected rejected_of(const ReceivedEvent& event, std::string token, const base::Error& error);

/// not_found: no enterprise has this Token.
base::Error unknown_token(const std::string& token);

}  // namespace trunkline::ingest
