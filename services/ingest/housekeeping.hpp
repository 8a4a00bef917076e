#pragma once

#include "net/task_group.hpp"
#include "pg/pool.hpp"

namespace trunkline::ingest {

/// Partitions made ahead of time and old keys of repeats swept, every hour. Several replicas may do
/// it at once.
class Housekeeping {
public:
    Housekeeping(asio::any_io_executor executor, pg::Pool& pool);
    void start();
    asio::awaitable<void> stop();

private:
    asio::awaitable<void> run();

    pg::Pool& pool_;
    net::TaskGroup tasks_;
};

}  // namespace trunkline::ingest
