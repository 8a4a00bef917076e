#pragma once

#include <string>

#include "base/error.hpp"
#include "json/document.hpp"

namespace trunkline::contract {

/// The body of `POST /pbx/{id}/calls` on pbx-gateway (proto/messages/originate.schema.json): call
/// somebody of ours, then whom he wants to talk to. What is optional is empty if it is not there.
struct Originate {
    std::string enterprise_number;
    std::string from;          ///< The extension; it rings first.
    std::string to;            ///< Called then, with or without `+`.
    std::string caller_id;     ///< Our number to call from; optional.
    std::string call_uuid;     ///< The call that is called back; optional.
    std::string request_id;    ///< The asker's own id: a repeat places no second call; optional.
    std::string requested_by;  ///< For the audit: `telegram:100367`, `retailcrm:27`.
};

std::string to_json(const Originate& originate);
base::Result<Originate> originate_from_json(json::View view);

}  // namespace trunkline::contract
