#include "event_intake.hpp"

#include <utility>

#include "base/ids.hpp"
#include "httpd/problem.hpp"

namespace trunkline::ingest {

EventIntake::EventIntake(
    EventStore& store, tenants::Directory& directory, metrics::Registry& registry
)
    : store_(store), directory_(directory), registry_(registry) {}

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

    NewEvent row{
        .enterprise_number = enterprise->number,
        .event_id = base::make_uuid(),
        .received_at = base::system_clock().now(),
        .unique_id = event.unique_id,
        .event_type = std::string(call::to_string(event.type)),
        .event_time = incoming.event_time,
        .recovered = false,
        .pbx = incoming.pbx,
        .seq = incoming.seq,
        .raw_data = incoming.body,
        .raw_bytes = incoming.original_bytes,
        .trace_id = source.trace.trace_id,
        .digest = incoming.digest,
    };
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
