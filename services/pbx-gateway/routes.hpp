#pragma once

#include "control_routes.hpp"
#include "httpd/router.hpp"

namespace trunkline::pbx_gateway {

httpd::Router routes(Control& control);

}  // namespace trunkline::pbx_gateway
