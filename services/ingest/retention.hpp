#pragma once

#include "base/error.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::ingest {

/// Deletes rejected events beyond 30 days, 100,000 rows or 256 MiB of bodies, the oldest first, and
/// dead letters that died more than 180 days ago. Several replicas may do it at once.
asio::awaitable<base::Result<>> sweep_refused_and_dead(pg::Pool& pool);

}  // namespace trunkline::ingest
