#pragma once

#include "exchanges.hpp"
#include "httpd/router.hpp"
#include "pg/pool.hpp"
#include "tenants/directory.hpp"

namespace trunkline::pbx_gateway {

/// What the routes under /pbx/{id} are made of; outlives them.
struct ControlParts {
    Exchanges& exchanges;
    tenants::Directory& directory;
    pg::Pool& pool;
};

/// Call control and queues: everything under /pbx/{id}.
void add_control_routes(httpd::Router& router, const ControlParts& parts);

}  // namespace trunkline::pbx_gateway
