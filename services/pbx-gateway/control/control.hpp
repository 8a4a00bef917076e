#pragma once

#include <functional>
#include <string>

#include "access.hpp"
#include "audit.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "control_store.hpp"
#include "exchange.hpp"
#include "health.hpp"
#include "httpd/router.hpp"
#include "metrics/registry.hpp"
#include "order.hpp"
#include "tenants/directory.hpp"

namespace trunkline::pbx_control {

/// What the routes are made of; all outlive them.
struct ControlParts {
    ExchangeBook& exchanges;
    tenants::Directory& directory;
    ControlStore& store;
    Audit& audit;
    Health& health;
    metrics::Registry& metrics;
    const base::Clock& clock;
    AccessSettings access;
};

/// Something that changes an exchange: `prepare` understands it, the audit gets it, it is done.
/// Refusals are written down too.
httpd::Handler change(const ControlParts& parts, Right right, std::string action, Prepare prepare);

/// Something that only looks.
using Look = std::function<
    asio::awaitable<base::Result<Answer>>(const httpd::Request& request, const Exchange& exchange)>;
httpd::Handler look(const ControlParts& parts, Look work);

/// GET /audit and GET /pbx/{id}/audit.
httpd::Handler list_audit(const ControlParts& parts);

}  // namespace trunkline::pbx_control
