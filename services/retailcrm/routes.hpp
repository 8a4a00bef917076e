#pragma once

#include "connector_handlers.hpp"

namespace trunkline::retailcrm {

httpd::Router routes(const Parts& parts);

}  // namespace trunkline::retailcrm
