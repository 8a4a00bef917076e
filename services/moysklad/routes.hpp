#pragma once

#include "connector/service.hpp"

namespace trunkline::moysklad {

/// What MoySklad calls from outside; the internal routes are the connectors' library's.
void add_hooks(httpd::Router& router, const connector::Parts& parts);

}  // namespace trunkline::moysklad
