#include "replay.hpp"

#include <optional>
#include <utility>

#include "durable_store.hpp"
#include "pg/batch_rules.hpp"
#include "rejection.hpp"

namespace trunkline::ingest {
namespace {

constexpr auto look_up_limit = std::chrono::seconds(5);

}  // namespace

struct Replay::Batch {
    std::vector<ReceivedEvent> events;  ///< Those of `rows`.
    std::vector<NewEvent> rows;
    std::vector<std::optional<base::Result<Stored>>> outcomes;
    std::vector<Rejected> rejected;
};

/// The time of receipt is known, so it stands for the event's own where the exchange gave none;
/// only what an exchange sent to catch up has none. To the tracker the former is as good as live.
NewEvent replayed_row_of(
    const Incoming& incoming, const ReceivedEvent& event, std::string enterprise
) {
    auto row = row_of(incoming, event, std::move(enterprise));
    auto& pending = *row.event;
    const bool stands_for_it = !pending.event_time && !event.recovered;
    if (stands_for_it) {
        pending.event_time = event.received_at;
    }
    pending.recovered = true;
    if (pending.decoded) {
        pending.decoded->recovered = !stands_for_it;
    }
    return row;
}

Replay::Replay(
    const asio::any_io_executor& executor,
    EventStore& events,
    tenants::Directory& directory,
    const Admission& admission,
    RejectedStore& rejected,
    KnowsToken knows_token
)
    : events_(events),
      directory_(directory),
      admission_(admission),
      rejected_(rejected),
      knows_token_(std::move(knows_token)),
      stores_(executor, "replay") {}

asio::awaitable<void> Replay::stop(net::Deadline deadline) { co_await stores_.drain(deadline); }

asio::awaitable<base::Result<>> Replay::take_in(const std::vector<journal::Record>& records) {
    const auto batch = std::make_shared<Batch>();
    for (const auto& record : records) {
        const auto event = decode_journal_record(record.payload);
        if (!event) {
            logger_.error("record {}: {}", record.sequence, event.error().detail);
            continue;
        }
        const auto prepared = co_await prepare(*event, *batch);
        if (!prepared) {
            co_return prepared;
        }
    }
    const auto stored = co_await store(batch);
    if (!stored) {
        co_return stored;
    }
    if (batch->rejected.empty()) {
        co_return base::Result<>{};
    }
    co_return co_await rejected_.write(batch->rejected);
}

asio::awaitable<base::Result<>> Replay::prepare(const ReceivedEvent& event, Batch& batch) {
    const auto incoming = decode_incoming(event.raw);
    if (!incoming) {
        batch.rejected.push_back(rejected_of(event, "", "", incoming.error()));
        co_return base::Result<>{};
    }
    const auto enterprise = co_await owner_of(incoming->token);
    if (!enterprise) {
        co_return std::unexpected(enterprise.error());
    }
    if (!*enterprise) {
        batch.rejected.push_back(
            rejected_of(event, "", incoming->token, unknown_token(incoming->token))
        );
        co_return base::Result<>{};
    }
    if (const auto admitted = admit(**enterprise, event); !admitted) {
        batch.rejected.push_back(
            rejected_of(event, (*enterprise)->number, incoming->token, admitted.error())
        );
        co_return base::Result<>{};
    }
    batch.rows.push_back(replayed_row_of(*incoming, event, (*enterprise)->number));
    batch.events.push_back(event);
    co_return base::Result<>{};
}

/// Of an event whose enterprise was not known at its receipt.
base::Result<> Replay::admit(const tenants::Enterprise& enterprise, const ReceivedEvent& event)
    const {
    if (event.admitted) {
        return {};
    }
    const auto source = net::IpAddress::parse(event.source);
    const Visit visit{
        .source = source ? *source : net::IpAddress(),
        .received = event.received_at,
        .signature = event.raw.signature,
        .body = event.raw.body,
        .vouched = false,
    };
    return admission_.check(enterprise, visit);
}

/// Null: there is none, which only PostgreSQL itself can say.
asio::awaitable<base::Result<tenants::Directory::Pointer>> Replay::owner_of(std::string token) {
    auto enterprise = directory_.by_token(token);
    if (enterprise) {
        co_return enterprise;
    }
    const auto known = co_await knows_token_(token);
    if (!known) {
        co_return std::unexpected(known.error());
    }
    if (!*known) {
        co_return tenants::Directory::Pointer();
    }
    (void)co_await directory_.find_or_load(token, net::deadline_in(look_up_limit));
    enterprise = directory_.by_token(token);
    if (!enterprise) {
        co_return base::fail(
            base::Errc::unavailable, "the enterprise of the Token " + token + " cannot be read now"
        );
    }
    co_return enterprise;
}

/// All are submitted before the first can be written, and the store keeps their order.
asio::awaitable<base::Result<>> Replay::store(std::shared_ptr<Batch> batch) {
    batch->outcomes.resize(batch->rows.size());
    for (std::size_t index = 0; index < batch->rows.size(); ++index) {
        stores_.spawn("store", store_one(batch, index));
    }
    co_await stores_.join();
    for (std::size_t index = 0; index < batch->rows.size(); ++index) {
        const auto& outcome = batch->outcomes[index];
        if (!outcome) {
            co_return base::fail(base::Errc::canceled, "shutting down");
        }
        if (*outcome) {
            continue;
        }
        if (!pg::is_data_error(outcome->error())) {
            co_return std::unexpected(outcome->error());
        }
        const auto& event = batch->events[index];
        batch->rejected.push_back(
            rejected_of(event, batch->rows[index].event->enterprise_number, "", outcome->error())
        );
    }
    co_return base::Result<>{};
}

asio::awaitable<void> Replay::store_one(std::shared_ptr<Batch> batch, std::size_t index) {
    auto outcome = co_await events_.add(batch->rows[index]);
    batch->outcomes[index] = std::move(outcome);
}

}  // namespace trunkline::ingest
