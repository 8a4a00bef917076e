#pragma once

#include "crypto/secret_box.hpp"
#include "httpd/router.hpp"
#include "steps.hpp"
#include "tenants/directory.hpp"

namespace trunkline::retailcrm {

/// What the handlers stand on; all of it outlives them.
struct Parts {
    tenants::Directory& directory;
    Steps& steps;
    Api& api;
    const crypto::SecretBox* secrets;  ///< Null without SECRETS_KEY.
};

/// POST /internal/retailcrm/call-event: one step, answered by
/// proto/messages/connector-answer.schema.json.
httpd::Handler take_call_event(Parts parts);
/// GET /internal/retailcrm/customer/{ent}/{phone}
httpd::Handler find_customer(Parts parts);
/// GET /internal/retailcrm/responsible/{ent}/{phone}
httpd::Handler find_responsible(Parts parts);

}  // namespace trunkline::retailcrm
