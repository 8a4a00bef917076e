#pragma once

#include "httpd/router.hpp"
#include "pg/pool.hpp"
#include "settings.hpp"

namespace trunkline::ingest {

/// GET /calls/{uuid}/trace?enterprise=: the whole story of a call, live or finished; `uuid` may be
/// a UniqueId of its events. The pool must outlive the handler.
httpd::Handler get_call_trace(pg::Pool& pool, const Settings& settings);
/// GET /calls/{uuid}/export?enterprise=: the call as a trace file (libs/playback), likewise.
httpd::Handler export_call(pg::Pool& pool, const Settings& settings);

}  // namespace trunkline::ingest
