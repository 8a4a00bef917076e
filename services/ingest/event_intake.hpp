#pragma once

#include <array>
#include <optional>
#include <string>

#include "admission.hpp"
#include "base/trace.hpp"
#include "durable_store.hpp"
#include "incoming.hpp"
#include "ledger_tally.hpp"
#include "metrics/registry.hpp"
#include "net/address.hpp"
#include "rate_limit.hpp"
#include "rejected_events.hpp"
#include "support_log.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

/// The order of work for one event: source, decode, find the enterprise by Token, signature and
/// rate, log, store. What add() has answered with a Stored is durable; what it refused is kept as
/// rejected, but for what was too much (429). While PostgreSQL cannot be asked, whose an event is
/// is found out, and judged, when the journal is replayed. One executor.
class EventIntake {
public:
    /// Who may send, how much, and where the refused go.
    struct Gate {
        const Admission& admission;
        RateLimit& rate;
        RejectedEvents& rejected;
    };
    EventIntake(
        DurableStore& store,
        tenants::Directory& directory,
        Gate gate,
        LedgerTally& ledger,
        metrics::Registry& registry
    );

    /// A rejected event that an administrator takes in again.
    struct Replay {
        base::WallTime received_at;  ///< As it came the first time.
        bool vouched = false;        ///< No signature is asked for.
    };
    struct Source {
        net::IpAddress address;
        base::TraceContext trace;
        net::Deadline deadline;
        SignedRequest* request = nullptr;  ///< Of one event among many in a request; else null.
        bool recovered = false;            ///< The exchange catches up.
        std::optional<Replay> replay;  ///< Stored as recovery; not limited, not kept if refused.
    };
    asio::awaitable<base::Result<Stored>> add(RawEvent raw, Source source);

private:
    using Owner = tenants::Directory::Pointer;
    /// not_found: nobody's. Null: PostgreSQL would have to be asked and does not answer.
    asio::awaitable<base::Result<Owner>> owner_of(std::string token, net::Deadline deadline);
    base::Result<> admit(
        const tenants::Enterprise& enterprise,
        const ReceivedEvent& event,
        const Incoming& incoming,
        const Source& source
    );
    asio::awaitable<base::Result<Stored>> store(
        Owner owner, const Incoming& incoming, const ReceivedEvent& event, const Source& source
    );
    /// Hands `error` back when the event was kept, counted or left alone, as fits it.
    asio::awaitable<base::Result<Stored>> reject(
        const ReceivedEvent& event,
        const Source& source,
        std::string enterprise_number,
        std::string token,
        base::Error error
    );
    void count(call::EventType type, const Stored& stored);

    DurableStore& store_;
    tenants::Directory& directory_;
    Gate gate_;
    LedgerTally& ledger_;
    SupportLog support_log_;
    base::Logger logger_{"ingest"};
    metrics::Registry& registry_;
    /// By type and whether it was a repeat; looking them up by their labels costs too much.
    std::array<std::array<metrics::Counter*, 2>, 8> answered_{};
};

}  // namespace trunkline::ingest
