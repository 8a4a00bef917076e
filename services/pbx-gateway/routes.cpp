#include "routes.hpp"

namespace trunkline::pbx_gateway {

httpd::Router routes(const ControlParts& parts) {
    httpd::Router router;
    add_control_routes(router, parts);
    return router;
}

}  // namespace trunkline::pbx_gateway
