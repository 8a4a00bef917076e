#pragma once

#include "base/trace.hpp"
#include "durable_store.hpp"
#include "incoming.hpp"
#include "ledger_tally.hpp"
#include "metrics/registry.hpp"
#include "net/address.hpp"
#include "support_log.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

/// The order of work for one event: decode, find the enterprise by Token, log, store. What add()
/// has answered with a Stored is durable; what it refused is kept as rejected. While PostgreSQL
/// cannot be asked, whose an event is is found out when the journal is replayed. One executor.
class EventIntake {
public:
    EventIntake(
        DurableStore& store,
        tenants::Directory& directory,
        LedgerTally& ledger,
        metrics::Registry& registry
    );

    struct Source {
        net::IpAddress address;
        base::TraceContext trace;
        net::Deadline deadline;
    };
    asio::awaitable<base::Result<Stored>> add(RawEvent raw, Source source);

private:
    using Owner = tenants::Directory::Pointer;
    /// not_found: nobody's. Null: PostgreSQL would have to be asked and does not answer.
    asio::awaitable<base::Result<Owner>> owner_of(std::string token, net::Deadline deadline);
    asio::awaitable<base::Result<Stored>> store(
        const Incoming& incoming, const ReceivedEvent& event, const Source& source
    );
    asio::awaitable<void> reject(
        const ReceivedEvent& event,
        const Source& source,
        std::string token,
        const base::Error& error
    );
    void count(call::EventType type, const Stored& stored);

    DurableStore& store_;
    tenants::Directory& directory_;
    LedgerTally& ledger_;
    SupportLog support_log_;
    base::Logger logger_{"ingest"};
    metrics::Registry& registry_;
};

}  // namespace trunkline::ingest
