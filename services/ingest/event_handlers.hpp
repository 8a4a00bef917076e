#pragma once

#include "event_intake.hpp"
#include "httpd/router.hpp"

namespace trunkline::ingest {

/// The request's headers of a Standard Webhooks signature.
crypto::WebhookHeaders signature_of(const httpd::Request& request);
/// `{"status":"ok","event_id":"...","duplicate":false}`
httpd::Response accepted(const Stored& stored);

/// POST /start ... /hangup: one event, answered
/// `{"status":"ok","event_id":"...","duplicate":false}` once it is durable.
httpd::Handler event_handler(EventIntake& intake, call::EventType type);

}  // namespace trunkline::ingest
