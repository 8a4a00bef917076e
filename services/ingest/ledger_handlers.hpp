#pragma once

#include "httpd/router.hpp"
#include "pg/pool.hpp"

namespace trunkline::ingest {

/// GET /ledger?enterprise=&pbx=&from=&to=&limit=&cursor= ->
/// {"items":[...],"next":null,"gaps":[...]} The last 24 hours unless `from` or `to` say otherwise.
/// The pool must outlive the handler.
httpd::Handler get_ledger(pg::Pool& pool);

}  // namespace trunkline::ingest
