#pragma once

#include "customers.hpp"
#include "enterprise_answers.hpp"
#include "hit_figures.hpp"
#include "httpd/router.hpp"
#include "tenants/directory.hpp"

namespace trunkline::integration_cache {

/// What the look-ups answer from. All outlive the routes.
struct LookupParts {
    tenants::Directory& directory;
    EnterpriseAnswers& answers;
    Customers& customers;
    HitFigures& figures;
};

/// GET /integrations/{ent}, /config/{ent}, /metadata/{ent}/manager/{ext},
/// /metadata/{ent}/line/{line_id}: from memory.
httpd::Handler get_integrations(const LookupParts& parts);
httpd::Handler get_config(const LookupParts& parts);
httpd::Handler get_manager(const LookupParts& parts);
httpd::Handler get_line(const LookupParts& parts);
/// GET /customer-name/{ent}/{phone} -> {"name":string|null}
httpd::Handler get_customer_name(const LookupParts& parts);
/// GET /customer-profile/{ent}/{phone}
httpd::Handler get_customer_profile(const LookupParts& parts);

/// For an enterprise that is not in memory: the seed's 404, or 503 while nothing could be read yet.
httpd::Response not_found_or_away(const tenants::Directory& directory);

}  // namespace trunkline::integration_cache
