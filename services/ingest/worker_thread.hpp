#pragma once

#include <functional>
#include <memory>

#include "app/readiness.hpp"
#include "event_store.hpp"
#include "httpd/router.hpp"
#include "httpd/server.hpp"
#include "metrics/registry.hpp"
#include "rate_limit.hpp"
#include "recent_digests.hpp"
#include "settings.hpp"

namespace trunkline::ingest {

/// One of INGEST_WORKERS: a thread with a server, connections and a journal of its own, so that
/// nothing of what goes on behind the answers holds up an answer.
class WorkerThread {
public:
    struct Plan {
        const Settings& settings;
        unsigned number = 0;
        httpd::Settings http;
        /// Routes beside those of events; handled on `main`.
        std::function<httpd::Router()> shared_routes;
        asio::any_io_executor main;
        /// Whether on_stored wants the events themselves now. Any thread. If not they end where
        /// they were made, for what another thread frees costs both.
        std::function<bool()> wants_events;
        /// How many were committed, and if wanted which. Called on `main`.
        std::function<void(std::size_t, std::vector<EventPointer>)> on_stored;
        RateLimit& rate;
        RecentDigests& recent;
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
    bool has_ended() const;
    /// Whether events can be stored now, as of a moment ago. Any thread.
    app::Readiness::Part readiness() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::ingest
