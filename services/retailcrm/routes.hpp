#pragma once

#include "connector/service.hpp"

namespace trunkline::retailcrm {

/// Those beyond what every connector has.
void add_routes(httpd::Router& router, const connector::Parts& parts);

}  // namespace trunkline::retailcrm
