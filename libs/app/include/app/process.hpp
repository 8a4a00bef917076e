#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/readiness.hpp"
#include "app/settings.hpp"
#include "httpd/router.hpp"
#include "httpd/server.hpp"
#include "metrics/registry.hpp"
#include "net/asio.hpp"
#include "net/event.hpp"
#include "pg/pool.hpp"

namespace trunkline::app {

/// The life of one service process: what main.cpp's serve() finds ready made. One thread.
class Process {
public:
    Process(
        asio::any_io_executor executor, const ServiceInfo& info, const CommonSettings& settings
    );
    ~Process();

    const asio::any_io_executor& executor() const;
    metrics::Registry& metrics();
    Readiness& readiness();

    /// Adds the readiness part `database`: failed, with the reason, while the pool has no
    /// connection.
    void watch(pg::Pool& pool);

    /// Adds the standard routes (/health /ready /metrics /version /openapi.json /docs), listens,
    /// waits for SIGTERM or SIGINT, then takes nothing new and finishes what is in hand, for
    /// DRAIN_SECONDS at the most. The caller drains its own workers afterwards. Throws
    /// std::runtime_error with one clear line if the port cannot be had.
    asio::awaitable<void> serve_until_stopped(httpd::Router router);

    /// For a service whose servers run on threads of their own: what the settings say of them, the
    /// standard routes, which belong to this process's own executor (httpd::Router::add_all), and
    /// the wait for SIGTERM or SIGINT, once they listen.
    httpd::Settings http_settings() const;
    void add_standard_routes(httpd::Router& router);
    asio::awaitable<void> wait_until_stopped();

    /// DRAIN_SECONDS from the signal on; before it, from now on.
    net::Deadline drain_deadline() const;
    /// True from the signal on; for loops of the service.
    bool is_stopping() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Reads settings (`declare` adds the service's own), opens the log, runs `serve` to its end. The
/// exit code: 0 done, 1 a failure that was told in one line on standard error and in the log, 2
/// wrong settings.
int run(
    int argc,
    const char* const* argv,
    const ServiceInfo& info,
    CommonSettings& common,
    const std::function<void(config::Loader&)>& declare,
    const std::function<asio::awaitable<void>(Process&)>& serve
);

}  // namespace trunkline::app
