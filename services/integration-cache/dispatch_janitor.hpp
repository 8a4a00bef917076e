#pragma once

#include "base/log.hpp"
#include "dispatch_store.hpp"
#include "net/task_group.hpp"

namespace trunkline::integration_cache {

/// Forgets old dispatches and log rows, a few at a time. One executor; stop() before destroying.
class DispatchJanitor {
public:
    DispatchJanitor(asio::any_io_executor executor, DispatchStore& store);

    void start();
    asio::awaitable<void> stop();

private:
    asio::awaitable<void> run();

    DispatchStore& store_;
    base::Logger logger_{"gateway"};
    net::TaskGroup tasks_;
};

}  // namespace trunkline::integration_cache
