#pragma once

#include <functional>
#include <memory>

#include "event_store.hpp"
#include "httpd/router.hpp"
#include "httpd/server.hpp"
#include "metrics/registry.hpp"
#include "rate_limit.hpp"
#include "settings.hpp"

namespace trunkline::ingest {

/// One more of INGEST_WORKERS: a thread with a server on the same port, connections and a journal
/// of its own.
class WorkerThread {
public:
    struct Plan {
        const Settings& settings;
        unsigned number = 1;
        httpd::Settings http;  ///< Of the first server, with its port.
        /// Routes beside those of events; handled on `main`.
        std::function<httpd::Router()> shared_routes;
        asio::any_io_executor main;
        EventStore::OnStored on_stored;  ///< Called on `main`.
        RateLimit& rate;
        metrics::Registry& registry;
    };

    /// Returns when the server listens; throws std::runtime_error with one clear line if it cannot.
    /// Not to be called on the thread of `main` while something else is to run there.
    explicit WorkerThread(Plan plan);
    /// Waits for the thread; stop() first.
    ~WorkerThread();
    WorkerThread(const WorkerThread&) = delete;
    WorkerThread& operator=(const WorkerThread&) = delete;

    /// Takes nothing new and finishes what is in hand until the deadline. Any thread.
    void stop(net::Deadline deadline);
    /// Whether its front can store events, for /ready. Any thread.
    bool has_ended() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::ingest
