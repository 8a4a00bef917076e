#include "event_intake.hpp"

#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "rejection.hpp"

namespace trunkline::ingest {
namespace {

ReceivedEvent received_event(RawEvent raw, const EventIntake::Source& source) {
    return ReceivedEvent{
        .raw = std::move(raw),
        .event_id = base::make_uuid(),
        .received_at = source.replay ? source.replay->received_at : base::system_clock().now(),
        .source = source.address.to_string(),
        .trace_id = source.trace.trace_id,
        .recovered = source.recovered || source.replay.has_value(),
        .admitted = false,
    };
}

}  // namespace

EventIntake::EventIntake(
    DurableStore& store,
    tenants::Directory& directory,
    Gate gate,
    LedgerTally& ledger,
    metrics::Registry& registry
)
    : store_(store), directory_(directory), gate_(gate), ledger_(ledger), registry_(registry) {}

asio::awaitable<base::Result<Stored>> EventIntake::add(RawEvent raw, Source source) {
    auto event = received_event(std::move(raw), source);
    if (const auto allowed = gate_.admission.check_source(source.address); !allowed) {
        co_return co_await reject(event, source, "", "", allowed.error());
    }
    const auto incoming = decode_incoming(event.raw);
    if (!incoming) {
        co_return co_await reject(event, source, "", "", incoming.error());
    }
    const auto owner = co_await owner_of(incoming->token, source.deadline);
    if (!owner) {
        co_return co_await reject(event, source, "", incoming->token, owner.error());
    }
    if (*owner) {
        const auto admitted = admit(**owner, event, *incoming, source);
        if (!admitted) {
            co_return co_await reject(
                event, source, (*owner)->number, incoming->token, admitted.error()
            );
        }
        event.admitted = true;
    }
    co_return co_await store(*owner, *incoming, event, source);
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

/// The rate comes last, so that forged events take nothing of an exchange's share.
base::Result<> EventIntake::admit(
    const tenants::Enterprise& enterprise,
    const ReceivedEvent& event,
    const Incoming& incoming,
    const Source& source
) {
    const Visit visit{
        .source = source.address,
        .received = event.received_at,
        .signature = event.raw.signature,
        .body = event.raw.body,
        .vouched = source.replay && source.replay->vouched,
    };
    auto admitted = source.request == nullptr
                        ? gate_.admission.check(enterprise, visit)
                        : gate_.admission.check(enterprise, visit, *source.request);
    if (!admitted) {
        return admitted;
    }
    const bool is_limited = !source.replay && !source.recovered;
    if (!is_limited || gate_.rate.take(enterprise.number, incoming.pbx, enterprise.rate_limit)) {
        return {};
    }
    return base::fail(
        base::Errc::rate_limited, "this exchange sends more events a second than it may"
    );
}

asio::awaitable<base::Result<Stored>> EventIntake::store(
    Owner owner, const Incoming& incoming, const ReceivedEvent& event, const Source& source
) {
    const auto type = call::to_string(event.raw.type);
    const auto logger = logger_.with_trace(source.trace.trace_id);
    logger.info("{} Token: {}, UniqueId: {}", type, incoming.token, incoming.event.unique_id);
    if (owner) {
        support_log_.event(*owner, incoming);
    }
    if (store_.is_handing_over()) {
        co_await store_.wait_for_hand_over();
    }
    base::Result<Stored> stored;
    if (owner && !store_.stands_in()) {
        auto row = row_of(incoming, event, owner->number);
        stored = co_await store_.add(std::move(row), event, source.deadline);
    } else {
        stored = co_await store_.keep(event, source.deadline);
    }
    if (stored) {
        count(event.raw.type, *stored);
        if (stored->duplicate) {
            ledger_.repeated(owner->number, incoming.pbx, base::system_clock().now());
        }
    } else {
        logger.warning(
            "{} {} not stored: {}", type, incoming.event.unique_id, base::describe(stored.error())
        );
    }
    co_return stored;
}

void EventIntake::count(call::EventType type, const Stored& stored) {
    auto*& counter = answered_.at(static_cast<std::size_t>(type)).at(stored.duplicate ? 1 : 0);
    if (counter == nullptr) {
        counter = &registry_.counter(
            "ingest_events_total",
            "Events answered with 200",
            {{"type", std::string(call::to_string(type))},
             {"duplicate", stored.duplicate ? "true" : "false"}}
        );
    }
    counter->add();
}

asio::awaitable<base::Result<Stored>> EventIntake::reject(
    const ReceivedEvent& event,
    const Source& source,
    std::string enterprise_number,
    std::string token,
    base::Error error
) {
    if (source.replay) {
        co_return std::unexpected(std::move(error));  // It is among the rejected already.
    }
    if (error.code == base::Errc::rate_limited) {
        registry_
            .counter(
                "ingest_rate_limited_total",
                "Events answered with 429",
                {{"enterprise", enterprise_number}}
            )
            .add();
        co_return std::unexpected(std::move(error));
    }
    if (const auto owner = directory_.by_token(token.empty() ? token_hint(event.raw) : token)) {
        const auto& pbx = event.raw.pbx;
        ledger_.refused(
            owner->number,
            base::replace_invalid_utf8(pbx.size() <= max_pbx_length ? pbx : std::string()),
            base::system_clock().now()
        );
    }
    RejectedEvents::Refusal refusal{
        .source = source.address,
        .trace_id = source.trace.trace_id,
        .enterprise_number = std::move(enterprise_number),
        .token = std::move(token),
        .error = error,
    };
    co_await gate_.rejected.keep(event.raw, std::move(refusal));
    co_return std::unexpected(std::move(error));
}

}  // namespace trunkline::ingest
