#pragma once

#include "connector/service.hpp"

namespace trunkline::retailcrm {

// What RetailCRM calls, below /retailcrm/hooks/{key}. Unknown key: 404; unknown clientId: 403.

/// GET, POST .../click-to-call: 200 once the call is placed.
httpd::Handler place_call(const connector::Parts& parts);
/// GET, POST .../status: a user has gone to dinner; kept in agent_statuses.
httpd::Handler take_status(const connector::Parts& parts);
/// GET, POST .../activity: the module was switched on or off there; written down.
httpd::Handler take_activity(const connector::Parts& parts);

}  // namespace trunkline::retailcrm
