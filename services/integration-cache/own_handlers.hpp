#pragma once

#include "httpd/router.hpp"
#include "own_calls.hpp"
#include "own_store.hpp"
#include "tenants/directory.hpp"

namespace trunkline::integration_cache {

/// The enterprise's own CRM over HTTP (docs/own-crm.md). All outlive the routes.
struct OwnParts {
    tenants::Directory& directory;
    OwnStore& store;
    OwnCalls& calls;
};

/// GET /own/{ent}/contacts?q=&phone=&company_id=&limit=&cursor=
httpd::Handler list_own_contacts(OwnParts parts);
/// POST /own/{ent}/contacts: 201
httpd::Handler add_own_contact(OwnParts parts);
/// GET, PUT (201 if it is new), PATCH and DELETE (204) /own/{ent}/contacts/{id}
httpd::Handler get_own_contact(OwnParts parts);
httpd::Handler keep_own_contact(OwnParts parts, OwnStore::Mode mode);
httpd::Handler remove_own_contact(OwnParts parts);

/// The same of /own/{ent}/companies.
httpd::Handler list_own_companies(OwnParts parts);
httpd::Handler add_own_company(OwnParts parts);
httpd::Handler get_own_company(OwnParts parts);
httpd::Handler keep_own_company(OwnParts parts, OwnStore::Mode mode);
httpd::Handler remove_own_company(OwnParts parts);

/// GET /own/{ent}/calls?phone=&from=&to=&limit=&cursor=
httpd::Handler list_own_calls(OwnParts parts);
/// GET /own/{ent}/contacts/{id}/calls
httpd::Handler list_contact_calls(OwnParts parts);
/// GET /own/{ent}/companies/{id}/calls
httpd::Handler list_company_calls(OwnParts parts);

/// POST /own/{ent}/import?skip_bad=&dry_run= with a CSV file.
httpd::Handler import_own_contacts(OwnParts parts);

}  // namespace trunkline::integration_cache
