#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "call/tracker.hpp"
#include "correlation_store.hpp"
#include "metrics/registry.hpp"
#include "pg/listener.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

struct CorrelatorSettings {
    call::Timers timers;
    std::string default_timezone;
    std::size_t batch = 512;                ///< Events of one transaction.
    std::size_t max_waiting = 20'000;       ///< Events kept in memory; the rest is read back.
    std::size_t max_cached_calls = 20'000;  ///< Live calls kept in memory.
    /// Waiting events that are older are taken whoever stored them: their replica has died.
    std::chrono::milliseconds orphaned{3'000};
    std::string public_url;  ///< Of recordings' links; empty: calls get none.
};

/// Behind the answer to the exchange: which call an event belongs to, the calls' rows, and the
/// messages for Telegram and the gateway, many enterprises in one transaction. Each enterprise is
/// worked on by one worker at a time over all replicas, by advisory locks. An event that was taken
/// in is either still waiting in the database or fully worked in, whatever dies when. A replica
/// works in what it has stored itself, from memory; what others left behind, and what did not fit
/// into memory, it reads back.
class Correlator {
public:
    /// Adds to `listener`'s gaps, so make it before listener.start(). What is referred to must
    /// outlive it.
    Correlator(
        asio::any_io_executor executor,
        CorrelationStore& store,
        pg::Listener& listener,
        tenants::Directory& directory,
        metrics::Registry& registry,
        CorrelatorSettings settings
    );
    ~Correlator();

    /// How events come in: so that each may be worked in as it comes, so many that a transaction
    /// should hold several, or more than can be answered at once.
    enum class Pace : std::uint8_t { calm, brisk, flood };
    /// In a flood most of the time is the intake's: an event that is not answered in time is lost,
    /// and one that is may wait to be worked in. Before start().
    void yield_to(std::function<Pace()> intake);
    void start();
    /// Events that were just committed, in their order. On the correlator's executor.
    void stored(std::vector<EventPointer> events);
    /// Whether events are read back, so that there is no use in handing them on. Any thread; true
    /// may be out of date, so tell of what was kept back by stored_unseen().
    bool reads_back() const;
    /// Events were committed that nobody hands on. On the correlator's executor.
    void stored_unseen();
    /// Takes up no new batch; lets the one in hand end until the deadline.
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::ingest
