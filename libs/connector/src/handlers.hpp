#pragma once

#include <string>

#include "connector/service.hpp"
#include "steps.hpp"

namespace trunkline::connector {

/// The routes that every connector has (INTERFACES section 5), below /internal/{name}/.
void add_internal_routes(
    httpd::Router& router,
    const std::string& name,
    tenants::Directory& directory,
    Connector& connector,
    Steps& steps
);

}  // namespace trunkline::connector
