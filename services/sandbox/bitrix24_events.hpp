#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "bitrix24_api.hpp"

namespace trunkline::sandbox {

/// An event that a portal is to send (contracts/bitrix24.md section 7).
struct Bitrix24Event {
    std::string portal;
    std::string event;  ///< ONAPPINSTALL, ...
    std::string url;    ///< "" for what event.bind has named.
    Parameters data;    ///< The members of `data`.
    /// Instead of the portal's own, to see whether somebody looks.
    std::optional<std::string> application_token;
    std::optional<std::string> member_id;
};

base::Result<Bitrix24Event> event_from_json(json::View view);

/// The form of the event. ONAPPINSTALL issues tokens, ONAPPUNINSTALL ends them, a click registers a
/// call, whose id comes back in `call_id`. `self`: this server's address.
std::string form_of(
    Bitrix24Event event,
    Bitrix24Api::Account& account,
    const std::string& self,
    std::string& call_id
);

}  // namespace trunkline::sandbox
