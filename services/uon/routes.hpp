#pragma once

#include "hook_handlers.hpp"

namespace trunkline::uon {

/// What U-ON has beside the routes of every connector.
void add_routes(httpd::Router& router, const HookParts& hooks);

}  // namespace trunkline::uon
