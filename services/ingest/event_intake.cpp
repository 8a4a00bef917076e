#include "event_intake.hpp"

#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "rejection.hpp"

namespace trunkline::ingest {

EventIntake::EventIntake(
    DurableStore& store,
    tenants::Directory& directory,
    LedgerTally& ledger,
    metrics::Registry& registry
)
    : store_(store), directory_(directory), ledger_(ledger), registry_(registry) {}

asio::awaitable<base::Result<Stored>> EventIntake::add(RawEvent raw, Source source) {
    const ReceivedEvent event{
        .raw = std::move(raw),
        .event_id = base::make_uuid(),
        .received_at = base::system_clock().now(),
        .source = source.address.to_string(),
        .trace_id = source.trace.trace_id,
        .recovered = false,
    };
    const auto incoming = decode_incoming(event.raw);
    if (!incoming) {
        co_await reject(event, source, event.raw.token_header, incoming.error());
        co_return std::unexpected(incoming.error());
    }
    auto outcome = co_await store(*incoming, event, source);
    if (!outcome && outcome.error().code == base::Errc::not_found) {
        co_await reject(event, source, incoming->token, outcome.error());
    }
    co_return outcome;
}

asio::awaitable<base::Result<EventIntake::Owner>> EventIntake::owner_of(
    std::string token, net::Deadline deadline
) {
    auto owner = directory_.by_token(token);
    if (owner || store_.stands_in()) {
        co_return owner;
    }
    const auto known = co_await store_.knows_token(token);
    if (known && !*known) {
        co_return std::unexpected(unknown_token(token));
    }
    if (known) {
        (void)co_await directory_.find_or_load(token, deadline);
        owner = directory_.by_token(token);
    }
    co_return owner;
}

asio::awaitable<base::Result<Stored>> EventIntake::store(
    const Incoming& incoming, const ReceivedEvent& event, const Source& source
) {
    const auto owner = co_await owner_of(incoming.token, source.deadline);
    if (!owner) {
        co_return std::unexpected(owner.error());
    }
    const auto type = call::to_string(event.raw.type);
    const auto logger = logger_.with_trace(source.trace.trace_id);
    logger.info("{} Token: {}, UniqueId: {}", type, incoming.token, incoming.event.unique_id);
    if (*owner) {
        support_log_.event(**owner, incoming);
    }
    if (store_.is_handing_over()) {
        co_await store_.wait_for_hand_over();
    }
    base::Result<Stored> stored;
    if (*owner && !store_.stands_in()) {
        auto row = row_of(incoming, event, (*owner)->number);
        stored = co_await store_.add(std::move(row), event, source.deadline);
    } else {
        stored = co_await store_.keep(event, source.deadline);
    }
    if (stored) {
        count(event.raw.type, *stored);
        if (stored->duplicate) {
            ledger_.repeated((*owner)->number, incoming.pbx, base::system_clock().now());
        }
    } else {
        logger.warning(
            "{} {} not stored: {}", type, incoming.event.unique_id, base::describe(stored.error())
        );
    }
    co_return stored;
}

void EventIntake::count(call::EventType type, const Stored& stored) {
    registry_
        .counter(
            "ingest_events_total",
            "Events answered with 200",
            {{"type", std::string(call::to_string(type))},
             {"duplicate", stored.duplicate ? "true" : "false"}}
        )
        .add();
}

asio::awaitable<void> EventIntake::reject(
    const ReceivedEvent& event, const Source& source, std::string token, const base::Error& error
) {
    registry_
        .counter(
            "ingest_rejected_total",
            "Events refused",
            {{"reason", std::string(base::to_string(error.code))}}
        )
        .add();
    logger_.with_trace(event.trace_id)
        .warning(
            "{} from {} refused: {}",
            call::to_string(event.raw.type),
            event.source,
            base::describe(error)
        );
    if (const auto enterprise = directory_.by_token(token)) {
        const auto& pbx = event.raw.pbx;
        ledger_.refused(
            enterprise->number,
            base::replace_invalid_utf8(pbx.size() <= max_pbx_length ? pbx : std::string()),
            base::system_clock().now()
        );
    }
    auto rejected = rejected_of(event, std::move(token), error);
    const auto kept = co_await store_.keep_rejected(std::move(rejected), event, source.deadline);
    if (!kept) {
        logger_.warning("a refused event could not be kept: {}", base::describe(kept.error()));
    }
}

}  // namespace trunkline::ingest
