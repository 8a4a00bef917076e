#include "control_routes.hpp"

namespace trunkline::pbx_gateway {

void add_control_routes(httpd::Router&, const ControlParts&) {}

}  // namespace trunkline::pbx_gateway
