#pragma once

#include "cache_handlers.hpp"
#include "dispatcher.hpp"
#include "httpd/router.hpp"
#include "lookup_handlers.hpp"
#include "own_handlers.hpp"

namespace trunkline::integration_cache {

httpd::Router routes(
    Dispatcher& dispatcher, const LookupParts& lookups, CacheKeeper& keeper, OwnParts own
);

}  // namespace trunkline::integration_cache
