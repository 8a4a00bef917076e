#pragma once

#include <memory>

#include "call/tracker.hpp"
#include "call_store.hpp"
#include "metrics/registry.hpp"
#include "pg/listener.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

struct CorrelatorSettings {
    call::Timers timers;
    std::string default_timezone;
    std::size_t concurrency = 2;  ///< Enterprises at once, each with a connection of the pool.
    int batch = 200;              ///< Events of one transaction.
};

/// Behind the answer to the exchange: which call an event belongs to, the call's rows, and the
/// messages for Telegram and the gateway, in one transaction per enterprise and batch. One worker
/// per enterprise at a time, over all replicas, by an advisory lock. An event that was taken in is
/// either still pending or fully worked in, whatever dies when.
class Correlator {
public:
    /// Adds its channel to `listener`, so make it before listener.start(). What is referred to must
    /// outlive it.
    Correlator(
        asio::any_io_executor executor,
        CallStore& store,
        pg::Listener& listener,
        tenants::Directory& directory,
        metrics::Registry& registry,
        CorrelatorSettings settings
    );
    ~Correlator();

    void start();
    /// Takes up no new batch; lets those in hand end until the deadline.
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::ingest
