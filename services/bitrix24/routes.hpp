#pragma once

#include "bitrix24.hpp"
#include "httpd/router.hpp"

namespace trunkline::bitrix24 {

/// What the portal calls, beside the routes that all connectors have.
void add_routes(httpd::Router& router, Bitrix24& bitrix, tenants::Directory& directory);

}  // namespace trunkline::bitrix24
