#include "event_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pg/array.hpp"

namespace trunkline::ingest {
namespace {

// The window within which the same event from the same exchange is a repeat (INTERFACES section 4);
// one of an exchange that catches up is a repeat at any time, but not one that only waited in our
// journal, for its time of receipt is known.
constexpr auto repeat_window = std::chrono::seconds(5);
constexpr std::size_t kept_of_digest = 16;

// event_keys_by_minute decides what is a repeat, since call_events cannot have a unique index
// without its partition key. Its key begins with the minute of receipt, so that new keys stand
// together in its index whatever the digests. An event of a minute's first seconds takes a place in
// the minute before as well: whichever of two within the window comes second meets the first one's
// key. Keys are taken in a fixed order, so that two batches with the same ones cannot wait for each
// other.
//
// What an exchange caught up with has a key in event_keys too, where there is no time. What it
// repeats of what came live is found by its UniqueId in call_events, which tells the minute.
//
// Most batches hold nothing that came before, and recognising repeats is what costs most then: what
// RecentDigests does not know is inserted plainly. If a key is there already (another replica had
// it, or it is older than our memory), that write fails as a whole and is done again the careful
// way.
constexpr std::string_view incoming_sql = R"(
WITH incoming AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::integer[], $5::boolean[],
        $6::text[], $7::text[], $8::timestamptz[], $9::text[], $10::text[], $11::bigint[],
        $12::bytea[], $13::text[], $14::uuid[], $15::boolean[], $16::jsonb[]) WITH ORDINALITY
    AS i(enterprise, id, received, minute, early, unique_id, type, event_time, source, pbx, seq,
        bytes, trace, digest, at_any_time, raw, position)
))";

constexpr std::string_view add_keys_sql = R"(
    INSERT INTO event_keys_by_minute AS k (minute, enterprise_number, digest, event_id, seen_at))";

constexpr std::string_view add_batch_sql = R"(
    INSERT INTO pending_batches (id, received_at, enterprise_numbers, event_timestamps, event_ids))";

constexpr std::string_view add_events_sql = R"(
    INSERT INTO call_events (enterprise_number, event_timestamp, event_id, unique_id, event_type,
        event_time, data_source, pbx, seq, raw_data, raw_bytes, trace_id)
    SELECT enterprise, received, id, unique_id, type, event_time, source, pbx, seq, raw, bytes,
        trace FROM )";

/// A key that stands there for longer than the window, or will only be, is taken over.
constexpr std::string_view unless_repeat_sql = R"(
    ON CONFLICT (minute, enterprise_number, digest)
    DO UPDATE SET event_id = excluded.event_id, seen_at = excluded.seen_at
    WHERE k.seen_at NOT BETWEEN excluded.seen_at - interval '5 seconds'
            AND excluded.seen_at + interval '5 seconds'
        AND NOT EXISTS (
            SELECT 1 FROM incoming r WHERE r.id = excluded.event_id AND r.at_any_time)
    RETURNING event_id)";

/// Returns the place of each repeat, and the event that it repeats where that can be seen.
std::string careful_sql() {
    // LIMIT holds the planner to looking each one up by its key, however small the tables were when
    // it planned.
    return fmt::format(
        R"({incoming},
known AS MATERIALIZED (
    SELECT i.position, coalesce(caught_up.event_id, live.event_id) AS id FROM incoming i
    LEFT JOIN LATERAL (
        SELECT k.event_id FROM event_keys k
        WHERE i.source = 'recovery' AND k.enterprise_number = i.enterprise AND k.digest = i.digest
            AND (i.at_any_time OR k.seen_at >= i.received - interval '5 seconds')
        LIMIT 1) caught_up ON true
    LEFT JOIN LATERAL (
        SELECT k.event_id FROM call_events e JOIN event_keys_by_minute k
            ON k.minute = floor(extract(epoch FROM e.event_timestamp) / 60)::integer
                AND k.enterprise_number = i.enterprise AND k.digest = i.digest
        WHERE i.at_any_time AND e.enterprise_number = i.enterprise AND e.unique_id = i.unique_id
            AND e.event_timestamp > i.received - interval '{kept_days} days'
        LIMIT 1) live ON true
    WHERE caught_up.event_id IS NOT NULL OR live.event_id IS NOT NULL
), candidates AS MATERIALIZED (
    SELECT * FROM incoming WHERE position NOT IN (SELECT position FROM known)
), before AS ({add_keys}
    SELECT minute - 1, enterprise, digest, id, received FROM candidates WHERE early
    ORDER BY 1, 2, 3{unless_repeat}
), own AS ({add_keys}
    SELECT minute, enterprise, digest, id, received FROM candidates
    WHERE NOT early OR id IN (SELECT event_id FROM before)
    ORDER BY 1, 2, 3{unless_repeat}
), caught_up AS (
    INSERT INTO event_keys (enterprise_number, digest, event_id, seen_at)
    SELECT enterprise, digest, id, received FROM candidates
    WHERE at_any_time AND id IN (SELECT event_id FROM own)
    ORDER BY 1, 2 ON CONFLICT DO NOTHING RETURNING event_id
), new AS MATERIALIZED (
    SELECT * FROM candidates WHERE id IN (SELECT event_id FROM own)
        AND (NOT at_any_time OR id IN (SELECT event_id FROM caught_up))
), queued AS ({add_batch}
    SELECT (array_agg(id ORDER BY position))[1], min(received),
        array_agg(enterprise ORDER BY position), array_agg(received ORDER BY position),
        array_agg(id ORDER BY position) FROM new HAVING count(*) > 0
), stored AS ({add_events}new
)
SELECT i.position, coalesce(known.id, first.event_id)::text AS id
FROM incoming i LEFT JOIN known USING (position) LEFT JOIN LATERAL (
    SELECT k.event_id FROM event_keys_by_minute k
    WHERE k.minute = ANY (ARRAY[i.minute - i.early::integer, i.minute])
        AND k.enterprise_number = i.enterprise AND k.digest = i.digest
    ORDER BY k.seen_at LIMIT 1) first ON true
WHERE i.id NOT IN (SELECT id FROM new))",
        fmt::arg("incoming", incoming_sql),
        fmt::arg("kept_days", event_keys_kept.count()),
        fmt::arg("add_keys", add_keys_sql),
        fmt::arg("unless_repeat", unless_repeat_sql),
        fmt::arg("add_batch", add_batch_sql),
        fmt::arg("add_events", add_events_sql)
    );
}

/// conflict if one of them is known.
std::string plain_sql() {
    return fmt::format(
        R"({incoming},
keys AS ({add_keys}
    SELECT minute, enterprise, digest, id, received FROM incoming
    UNION ALL SELECT minute - 1, enterprise, digest, id, received FROM incoming WHERE early
    ORDER BY 1, 2, 3
), queued AS ({add_batch}
    SELECT ($2::uuid[])[1], ($3::timestamptz[])[1], $1::text[], $3::timestamptz[], $2::uuid[]
){add_events}incoming)",
        fmt::arg("incoming", incoming_sql),
        fmt::arg("add_keys", add_keys_sql),
        fmt::arg("add_batch", add_batch_sql),
        fmt::arg("add_events", add_events_sql)
    );
}

bool catches_up(const PendingEvent& event) {
    return event.decoded ? event.decoded->recovered : event.recovered;
}

/// Events as parallel columns; each key once, for one statement may not touch a key twice.
struct Columns {
    using Type = pg::Array::Type;
    std::vector<std::string> event_ids;
    pg::Array enterprises{Type::text}, ids{Type::uuid}, received{Type::timestamptz},
        minutes{Type::integer}, early{Type::boolean}, unique_ids{Type::text}, types{Type::text},
        event_times{Type::timestamptz}, sources{Type::text}, pbxes{Type::text}, seqs{Type::bigint},
        bytes{Type::bytea}, traces{Type::text}, digests{Type::uuid}, at_any_time{Type::boolean},
        raws{Type::jsonb};

    void add(const NewEvent& item);
    pg::Params params() const;
};

void Columns::add(const NewEvent& item) {
    const auto& event = *item.event;
    const auto minute = std::chrono::floor<std::chrono::minutes>(event.received_at);
    event_ids.push_back(event.event_id);
    enterprises.add_octets(event.enterprise_number);
    ids.add_uuid(event.event_id);
    received.add_time(event.received_at);
    minutes.add_integer(static_cast<std::int32_t>(minute.time_since_epoch().count()));
    early.add_boolean(event.received_at - minute <= repeat_window);
    unique_ids.add_octets(item.unique_id);
    types.add_octets(event.event_type);
    if (event.event_time) {
        event_times.add_time(*event.event_time);
    } else {
        event_times.add_null();
    }
    sources.add_octets(event.recovered ? "recovery" : "live");
    pbxes.add_octets(event.pbx);
    if (event.seq) {
        seqs.add_bigint(*event.seq);
    } else {
        seqs.add_null();
    }
    if (item.raw_bytes.empty()) {
        bytes.add_null();
    } else {
        bytes.add_octets(item.raw_bytes);
    }
    traces.add_octets(event.trace_id);
    digests.add_octets(std::string_view(item.digest).substr(0, kept_of_digest));
    at_any_time.add_boolean(catches_up(event));
    raws.add_json(event.raw_data);
}

pg::Params Columns::params() const {
    return pg::Params::of(
        enterprises,
        ids,
        received,
        minutes,
        early,
        unique_ids,
        types,
        event_times,
        sources,
        pbxes,
        seqs,
        bytes,
        traces,
        digests,
        at_any_time,
        raws
    );
}

/// A batch in statements: one, but where the journal gives back the same body twice with more than
/// the window of repeats between. A repeat within the batch is in none of them.
struct Statements {
    struct Place {
        std::size_t statement = 0;
        std::size_t row = 0;
        bool is_repeat = false;
    };
    std::vector<Columns> columns;
    std::vector<Place> places;  ///< Of each event of the batch.

    explicit Statements(std::span<const NewEvent> events);
    std::vector<pg::Query> queries(const std::string& sql) const;
};

Statements::Statements(std::span<const NewEvent> events) {
    struct Latest {
        Place place;
        base::WallTime received;
    };
    std::unordered_map<std::string, Latest> latest;
    for (const auto& item : events) {
        const auto& event = *item.event;
        const auto known = latest.find(event.enterprise_number + '\0' + item.digest);
        Place place;
        if (known != latest.end()) {
            const bool in_window = event.received_at - known->second.received <= repeat_window;
            place = known->second.place;
            place.is_repeat = in_window || catches_up(event);
            place.statement += place.is_repeat ? 0 : 1;
        }
        if (!place.is_repeat) {
            columns.resize(std::max(columns.size(), place.statement + 1));
            auto& rows = columns[place.statement];
            place.row = rows.event_ids.size();
            rows.add(item);
            latest.insert_or_assign(
                event.enterprise_number + '\0' + item.digest, Latest{place, event.received_at}
            );
        }
        places.push_back(place);
    }
}

std::vector<pg::Query> Statements::queries(const std::string& sql) const {
    std::vector<pg::Query> queries;
    queries.reserve(columns.size());
    for (const auto& each : columns) {
        queries.push_back(pg::Query{sql, each.params()});
    }
    return queries;
}

}  // namespace

EventStore::EventStore(
    const asio::any_io_executor& executor, pg::Pool& pool, RecentDigests& recent, OnStored on_stored
)
    : pool_(pool),
      recent_(recent),
      on_stored_(std::move(on_stored)),
      commits_(executor, pg::GroupCommitLimits{}, [this](std::span<const NewEvent> events) {
          return write(events);
      }) {}

asio::awaitable<void> EventStore::drain(net::Deadline deadline) {
    co_await commits_.drain(deadline);
}

asio::awaitable<base::Result<Stored>> EventStore::add(NewEvent event) {
    return commits_.submit(std::move(event));
}

asio::awaitable<base::Result<std::vector<Stored>>> EventStore::write(
    std::span<const NewEvent> events
) {
    if (commit_limit_ <= net::Duration(0)) {
        co_return base::fail(base::Errc::unavailable, "PostgreSQL is away");
    }
    static const auto plain = plain_sql();
    static const auto careful = careful_sql();
    const Statements statements(events);
    const auto deadline = net::deadline_in(commit_limit_);
    bool all_new = statements.columns.size() == 1;
    for (const auto& each : events) {
        const bool known = recent_.note(each.event->enterprise_number, each.digest);
        all_new = all_new && !known && !each.event->recovered;
    }
    auto results = co_await pool_.pipeline(statements.queries(all_new ? plain : careful), deadline);
    if (!results && all_new && results.error().code == base::Errc::conflict) {
        results = co_await pool_.pipeline(statements.queries(careful), deadline);
    }
    if (!results) {
        failed_(results.error());
        co_return std::unexpected(results.error());
    }
    std::map<std::pair<std::size_t, std::size_t>, std::string> first_ids;  // Of repeats only.
    for (std::size_t statement = 0; statement < results->size(); ++statement) {
        for (const auto& row : (*results)[statement]) {
            first_ids.emplace(
                std::pair(statement, static_cast<std::size_t>(row.integer("position") - 1)),
                row.optional_text("id").value_or("")
            );
        }
    }
    std::vector<Stored> outcomes;
    std::vector<EventPointer> fresh;
    // By its first new event: one that was stored before may have given its name to a batch then.
    std::vector<std::string> batch_ids(statements.columns.size());
    outcomes.reserve(events.size());
    fresh.reserve(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto& place = statements.places[i];
        const auto repeat = first_ids.find(std::pair(place.statement, place.row));
        const bool known = repeat != first_ids.end() && !repeat->second.empty();
        const bool duplicate = repeat != first_ids.end() || place.is_repeat;
        outcomes.push_back(
            {.event_id =
                 known ? repeat->second : statements.columns[place.statement].event_ids[place.row],
             .duplicate = duplicate}
        );
        if (!duplicate) {
            auto& batch_id = batch_ids[place.statement];
            if (batch_id.empty()) {
                batch_id = events[i].event->event_id;
            }
            events[i].event->batch_id = batch_id;
            fresh.push_back(events[i].event);
        }
    }
    if (!fresh.empty()) {
        on_stored_(std::move(fresh));
    }
    co_return outcomes;
}

}  // namespace trunkline::ingest
