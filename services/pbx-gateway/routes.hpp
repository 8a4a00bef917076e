#pragma once

#include "control_routes.hpp"
#include "httpd/router.hpp"

namespace trunkline::pbx_gateway {

httpd::Router routes(const ControlParts& parts);

}  // namespace trunkline::pbx_gateway
