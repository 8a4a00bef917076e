#include "event_intake.hpp"

#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "httpd/problem.hpp"

namespace trunkline::ingest {

namespace {

NewEvent new_event(
    const Incoming& incoming, const std::string& enterprise, const EventIntake::Source& source
) {
    auto pending = std::make_shared<PendingEvent>();
    pending->enterprise_number = enterprise;
    pending->event_id = base::make_uuid();
    pending->received_at = base::system_clock().now();
    pending->event_time = incoming.event_time;
    pending->event_type = call::to_string(incoming.event.type);
    pending->pbx = incoming.pbx;
    pending->seq = incoming.seq;
    pending->raw_data = incoming.body;
    pending->trace_id = source.trace.trace_id;
    auto event = incoming.event;
    event.received = pending->received_at;
    if (!event.has_event_time) {
        event.at = event.received;
    }
    pending->decoded = std::move(event);
    return NewEvent{
        .event = std::move(pending),
        .unique_id = incoming.event.unique_id,
        .raw_bytes = incoming.original_bytes,
        .digest = incoming.digest,
    };
}

}  // namespace

EventIntake::EventIntake(
    EventStore& store,
    tenants::Directory& directory,
    LedgerTally& ledger,
    metrics::Registry& registry
)
    : store_(store), directory_(directory), ledger_(ledger), registry_(registry) {}

asio::awaitable<base::Result<Stored>> EventIntake::add(RawEvent raw, Source source) {
    const auto incoming = decode_incoming(raw);
    if (!incoming) {
        co_await reject(raw, source, raw.token_header, incoming.error());
        co_return std::unexpected(incoming.error());
    }
    auto outcome = co_await store(*incoming, source);
    if (!outcome && outcome.error().code == base::Errc::not_found) {
        co_await reject(raw, source, incoming->token, outcome.error());
    }
    co_return outcome;
}

asio::awaitable<base::Result<Stored>> EventIntake::store(
    const Incoming& incoming, const Source& source
) {
    auto enterprise = directory_.by_token(incoming.token);
    if (!enterprise) {
        (void)co_await directory_.find_or_load(incoming.token, source.deadline);
        enterprise = directory_.by_token(incoming.token);
    }
    if (!directory_.is_loaded() && !enterprise) {
        co_return base::fail(
            base::Errc::unavailable, "the database is away; nothing was stored, send it again"
        );
    }
    if (!enterprise) {
        co_return base::fail(
            base::Errc::not_found, "no enterprise has the Token \"" + incoming.token + "\""
        );
    }
    const auto& event = incoming.event;
    const auto logger = logger_.with_trace(source.trace.trace_id);
    logger.info(
        "{} Token: {}, UniqueId: {}", call::to_string(event.type), incoming.token, event.unique_id
    );
    support_log_.event(*enterprise, incoming);

    auto row = new_event(incoming, enterprise->number, source);
    auto stored = co_await store_.add(std::move(row));
    if (!stored) {
        logger.warning(
            "{} {} not stored: {}",
            call::to_string(event.type),
            event.unique_id,
            base::describe(stored.error())
        );
        co_return stored;
    }
    if (stored->duplicate) {
        ledger_.repeated(enterprise->number, incoming.pbx, base::system_clock().now());
    }
    registry_
        .counter(
            "ingest_events_total",
            "Events answered with 200",
            {{"type", std::string(call::to_string(event.type))},
             {"duplicate", stored->duplicate ? "true" : "false"}}
        )
        .add();
    co_return stored;
}

asio::awaitable<void> EventIntake::reject(
    const RawEvent& raw, const Source& source, std::string token, const base::Error& error
) {
    registry_
        .counter(
            "ingest_rejected_total",
            "Events refused",
            {{"reason", std::string(base::to_string(error.code))}}
        )
        .add();
    logger_.with_trace(source.trace.trace_id)
        .warning(
            "{} from {} refused: {}",
            call::to_string(raw.type),
            source.address.to_string(),
            base::describe(error)
        );
    if (const auto enterprise = directory_.by_token(token)) {
        const auto pbx = raw.pbx.size() <= max_pbx_length ? raw.pbx : std::string();
        ledger_.refused(
            enterprise->number, base::replace_invalid_utf8(pbx), base::system_clock().now()
        );
    }
    Rejected rejected{
        .source = source.address.to_string(),
        .event_type = std::string(call::to_string(raw.type)),
        .token = std::move(token),
        .status = httpd::status_of(error.code),
        .reason = base::describe(error),
        .body = raw.body,
    };
    const auto kept = co_await store_.keep_rejected(std::move(rejected));
    if (!kept) {
        logger_.warning("a refused event could not be kept: {}", base::describe(kept.error()));
    }
}

}  // namespace trunkline::ingest
