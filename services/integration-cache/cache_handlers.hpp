#pragma once

#include "cache_keeper.hpp"
#include "httpd/router.hpp"
#include "tenants/directory.hpp"

namespace trunkline::integration_cache {

/// GET /stats
httpd::Handler get_stats(CacheKeeper& keeper);
/// POST /cache/refresh -> {"status":"ok","enterprises":N}; 503 while the database is away.
httpd::Handler refresh_cache(CacheKeeper& keeper, tenants::Directory& directory);
/// POST /cache/invalidate/{ent} -> {"status":"ok","enterprises":1}
httpd::Handler invalidate_cache(CacheKeeper& keeper, tenants::Directory& directory);

}  // namespace trunkline::integration_cache
