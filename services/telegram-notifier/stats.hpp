#pragma once

#include "base/log.hpp"
#include "bot_figures.hpp"
#include "net/task_group.hpp"
#include "pg/pool.hpp"

namespace trunkline::telegram {

/// The figures of /stats, and every few seconds the queues of all bots for /metrics. One executor.
class Stats {
public:
    Stats(asio::any_io_executor executor, pg::Pool& pool, BotFigures& figures)
        : pool_(pool), figures_(figures), tasks_(std::move(executor), "stats") {}

    void start();
    asio::awaitable<void> stop();
    /// `{"waiting":n,"dead":n,"in_flight":n,"cards":n,"possible_doubles":n,"digests":n,"bots":[...]}`
    asio::awaitable<base::Result<std::string>> json();

private:
    asio::awaitable<void> refresh_loop();
    asio::awaitable<base::Result<>> refresh();

    pg::Pool& pool_;
    BotFigures& figures_;
    net::TaskGroup tasks_;
    base::Logger logger_{"telegram"};
};

}  // namespace trunkline::telegram
