#pragma once

#include "httpd/router.hpp"
#include "name_source.hpp"
#include "tenants/directory.hpp"

namespace trunkline::integration_cache {

/// GET /integrations/{ent}, /config/{ent}, /metadata/{ent}/manager/{ext},
/// /metadata/{ent}/line/{line_id}: from memory.
httpd::Handler get_integrations(tenants::Directory& directory);
httpd::Handler get_config(tenants::Directory& directory);
httpd::Handler get_manager(tenants::Directory& directory);
httpd::Handler get_line(tenants::Directory& directory);
/// GET /customer-name/{ent}/{phone} -> {"name":string|null}
httpd::Handler get_customer_name(tenants::Directory& directory, NameSource& names);

}  // namespace trunkline::integration_cache
