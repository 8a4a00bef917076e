#pragma once

#include <functional>
#include <vector>

#include "admission.hpp"
#include "app/process.hpp"
#include "durable_store.hpp"
#include "event_intake.hpp"
#include "event_store.hpp"
#include "ledger_tally.hpp"
#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "rate_limit.hpp"
#include "recent_digests.hpp"
#include "rejected_events.hpp"
#include "rejected_store.hpp"
#include "settings.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

/// Everything that takes an event in, up to its answer: what each of INGEST_WORKERS has for itself.
/// One executor; nothing is shared with other fronts but `rate`, `recent` and `registry`.
class Front {
public:
    /// `number` counts the workers from 0 and tells their journals apart. What is referred to must
    /// outlive it.
    Front(
        const asio::any_io_executor& executor,
        const Settings& settings,
        unsigned number,
        int connections,
        RateLimit& rate,
        RecentDigests& recent,
        metrics::Registry& registry,
        EventStore::OnStored on_stored
    );

    /// Connects and opens the journal; throws std::runtime_error with one clear line if the journal
    /// cannot be had.
    asio::awaitable<void> open();
    /// Starts what runs behind; after everybody has added to the listener.
    void start();
    /// After its server has drained.
    asio::awaitable<void> drain(net::Deadline deadline);
    /// After drain() and whoever else uses pool, listener or directory.
    asio::awaitable<void> close();

    pg::Pool& pool() { return pool_; }
    pg::Listener& listener() { return listener_; }
    tenants::Directory& directory() { return directory_; }
    RejectedStore& rejected() { return rejected_; }
    EventIntake& intake() { return intake_; }
    const DurableStore& durable() const { return durable_; }

private:
    pg::Pool pool_;
    pg::Listener listener_;
    tenants::Directory directory_;
    EventStore events_;
    LedgerTally ledger_;
    Admission admission_;
    DurableStore durable_;
    RejectedEvents refused_;
    RejectedStore rejected_;
    EventIntake intake_;
};

}  // namespace trunkline::ingest
