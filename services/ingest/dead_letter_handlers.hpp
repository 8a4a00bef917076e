#pragma once

#include "dead_letter_store.hpp"
#include "httpd/router.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

/// GET /dead-letters?enterprise=&queue=&target=&state=&from=&to=&limit=&cursor=
httpd::Handler list_dead_letters(DeadLetterStore& store, tenants::Directory& directory);
/// GET /dead-letters/{id}
httpd::Handler get_dead_letter(DeadLetterStore& store);
/// POST /dead-letters/{id}/replay -> 202 `{"status":"queued","id":"12"}`
httpd::Handler replay_dead_letter(DeadLetterStore& store);

}  // namespace trunkline::ingest
