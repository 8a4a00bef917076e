#include "routes.hpp"

namespace trunkline::pbx_gateway {

httpd::Router routes(Control& control) {
    httpd::Router router;
    control.add_routes(router);
    return router;
}

}  // namespace trunkline::pbx_gateway
