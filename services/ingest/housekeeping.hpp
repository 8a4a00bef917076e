#pragma once

#include "net/task_group.hpp"
#include "pg/pool.hpp"

namespace trunkline::ingest {

/// Partitions made ahead of time, old ones dropped, old keys of repeats swept, every hour. Several
/// replicas may do it at once.
class Housekeeping {
public:
    /// `keep_events_days` 0: for ever.
    Housekeeping(asio::any_io_executor executor, pg::Pool& pool, int keep_events_days);
    void start();
    asio::awaitable<void> stop();

private:
    asio::awaitable<void> run();
    asio::awaitable<base::Result<>> tidy();
    asio::awaitable<base::Result<>> sweep_keys();

    pg::Pool& pool_;
    int keep_events_days_;
    net::TaskGroup tasks_;
};

}  // namespace trunkline::ingest
