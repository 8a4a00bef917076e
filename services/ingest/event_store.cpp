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
// key. Keys are taken in a fixed order, so that batches with the same ones wait for each other in
// turn; only where some are a minute's first and others its last can they meet crosswise, and then
// one of them is done again.
//
// What an exchange catches up with may repeat anything. What came live is found by its UniqueId in
// call_events, which tells the minute; a bridge's events have none, so they leave a key without a
// time in event_keys, and so does what was caught up with. Catching up and replays of the journal
// see what the others have written, one after another for each enterprise: a key of the time that
// they came at would not make them meet.
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
    INSERT INTO event_keys_by_minute AS k (minute, digest, enterprise_number, event_id, seen_at))";

constexpr std::string_view add_timeless_sql = R"(
    INSERT INTO event_keys (enterprise_number, digest, event_id, seen_at, caught_up))";

constexpr std::string_view add_batch_sql = R"(
    INSERT INTO pending_batches (id, received_at, enterprise_numbers, event_timestamps, event_ids))";

constexpr std::string_view add_events_sql = R"(
    INSERT INTO call_events (enterprise_number, event_timestamp, event_id, unique_id, event_type,
        event_time, data_source, pbx, seq, raw_data, raw_bytes, trace_id)
    SELECT enterprise, received, id, unique_id, type, event_time, source, pbx, seq, raw, bytes,
        trace FROM )";

/// A key whose event is further away than the window is taken over; it stays the later one's.
constexpr std::string_view unless_repeat_sql = R"(
    ON CONFLICT (minute, digest, enterprise_number) DO UPDATE SET
        event_id = CASE WHEN excluded.seen_at > k.seen_at THEN excluded.event_id ELSE k.event_id END,
        seen_at = greatest(k.seen_at, excluded.seen_at)
    WHERE k.seen_at NOT BETWEEN excluded.seen_at - interval '5 seconds'
            AND excluded.seen_at + interval '5 seconds'
        AND NOT EXISTS (
            SELECT 1 FROM incoming r WHERE r.id = excluded.event_id AND r.at_any_time)
    RETURNING digest, enterprise_number)";

/// Returns the place of each repeat, and the event that it repeats where that can be seen.
std::string careful_sql() {
    // LIMIT holds the planner to looking each one up by its key, however small the tables were when
    // it planned, and bounds what an exchange costs that gives all its calls one UniqueId.
    return fmt::format(
        R"({incoming},
known AS MATERIALIZED (
    SELECT i.position, coalesce(itself.event_id, keyed.event_id, live.event_id) AS id
    FROM incoming i
    LEFT JOIN LATERAL (
        SELECT e.event_id FROM call_events e
        WHERE e.event_timestamp = i.received AND e.event_id = i.id LIMIT 1) itself ON true
    LEFT JOIN LATERAL (
        SELECT k.event_id FROM event_keys k
        WHERE i.source = 'recovery' AND k.enterprise_number = i.enterprise AND k.digest = i.digest
            AND (i.at_any_time OR (k.caught_up AND k.seen_at > i.received)
                OR k.seen_at BETWEEN i.received - interval '5 seconds'
                    AND i.received + interval '5 seconds')
        LIMIT 1) keyed ON true
    LEFT JOIN LATERAL (
        SELECT k.event_id FROM (
            SELECT e.event_timestamp FROM call_events e
            WHERE i.at_any_time AND i.unique_id <> '' AND e.enterprise_number = i.enterprise
                AND e.unique_id = i.unique_id
                AND e.event_timestamp > i.received - interval '{kept_days} days'
            LIMIT 5000) e
        JOIN event_keys_by_minute k
            ON k.minute = floor(extract(epoch FROM e.event_timestamp) / 60)::integer
                AND k.digest = i.digest AND k.enterprise_number = i.enterprise
        LIMIT 1) live ON true
    WHERE coalesce(itself.event_id, keyed.event_id, live.event_id) IS NOT NULL
), candidates AS MATERIALIZED (
    SELECT * FROM incoming WHERE position NOT IN (SELECT position FROM known)
), before AS ({add_keys}
    SELECT minute - 1, digest, enterprise, id, received FROM candidates WHERE early
    ORDER BY 1, 2, 3{unless_repeat}
), own AS ({add_keys}
    SELECT minute, digest, enterprise, id, received FROM candidates
    WHERE NOT early OR (digest, enterprise) IN (SELECT digest, enterprise_number FROM before)
    ORDER BY 1, 2, 3{unless_repeat}
), timeless AS ({add_timeless}
    SELECT enterprise, digest, id, received, at_any_time FROM candidates
    WHERE (at_any_time OR unique_id = '')
        AND (digest, enterprise) IN (SELECT digest, enterprise_number FROM own)
    ORDER BY 1, 2 ON CONFLICT DO NOTHING RETURNING digest, enterprise_number
), new AS MATERIALIZED (
    SELECT * FROM candidates
    WHERE (digest, enterprise) IN (SELECT digest, enterprise_number FROM own)
        AND (NOT at_any_time
            OR (digest, enterprise) IN (SELECT digest, enterprise_number FROM timeless))
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
        AND k.digest = i.digest AND k.enterprise_number = i.enterprise
    ORDER BY k.seen_at LIMIT 1) first ON true
WHERE i.position NOT IN (SELECT position FROM new))",
        fmt::arg("incoming", incoming_sql),
        fmt::arg("kept_days", event_keys_kept.count()),
        fmt::arg("add_keys", add_keys_sql),
        fmt::arg("add_timeless", add_timeless_sql),
        fmt::arg("unless_repeat", unless_repeat_sql),
        fmt::arg("add_batch", add_batch_sql),
        fmt::arg("add_events", add_events_sql)
    );
}

/// In a statement of its own ahead of the careful one, which then sees what the others have
/// written.
constexpr auto one_after_another_sql =
    "SELECT pg_advisory_xact_lock(hashtextextended('repeats/' || each.enterprise, 0)) FROM "
    "(SELECT DISTINCT e AS enterprise FROM unnest($1::text[]) e ORDER BY e OFFSET 0) each";

/// conflict if one of them is known.
std::string plain_sql() {
    return fmt::format(
        R"({incoming},
keys AS ({add_keys}
    SELECT minute, digest, enterprise, id, received FROM incoming
    UNION ALL SELECT minute - 1, digest, enterprise, id, received FROM incoming WHERE early
    ORDER BY 1, 2, 3
), timeless AS ({add_timeless}
    SELECT enterprise, digest, id, received, false FROM incoming WHERE unique_id = ''
    ORDER BY 1, 2 ON CONFLICT DO NOTHING
), queued AS ({add_batch}
    SELECT ($2::uuid[])[1], ($3::timestamptz[])[1], $1::text[], $3::timestamptz[], $2::uuid[]
){add_events}incoming)",
        fmt::arg("incoming", incoming_sql),
        fmt::arg("add_keys", add_keys_sql),
        fmt::arg("add_timeless", add_timeless_sql),
        fmt::arg("add_batch", add_batch_sql),
        fmt::arg("add_events", add_events_sql)
    );
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
    digests.add_uuid_octets(std::string_view(item.digest).substr(0, kept_of_digest));
    at_any_time.add_boolean(event.caught_up);
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
class Statements {
public:
    explicit Statements(std::span<const NewEvent> events);

    bool are_one() const { return columns_.size() == 1; }
    bool any_recovered() const { return recovering_.size() > 0; }
    std::vector<pg::Query> plain() const;
    std::vector<pg::Query> careful() const;
    /// Of each event of the batch, by what careful() returned; nothing was a repeat to plain().
    std::vector<Stored> outcomes(std::span<const pg::Rows> rows) const;
    /// Names each new event's batch as pending_batches does.
    std::vector<EventPointer> fresh(
        std::span<const NewEvent> events, const std::vector<Stored>& outcomes
    ) const;

private:
    struct Place {
        std::size_t statement = 0;
        std::size_t row = 0;
        bool is_repeat = false;
    };
    std::vector<pg::Query> queries(const std::string& sql) const;

    std::vector<Columns> columns_;
    std::vector<Place> places_;                    ///< Of each event of the batch.
    pg::Array recovering_{pg::Array::Type::text};  ///< Enterprises of recovered events.
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
        if (event.recovered) {
            recovering_.add_octets(event.enterprise_number);
        }
        if (known != latest.end()) {
            const auto apart = std::chrono::abs(event.received_at - known->second.received);
            place = known->second.place;
            place.is_repeat = apart <= repeat_window || event.caught_up;
            place.statement += place.is_repeat ? 0 : 1;
        }
        if (!place.is_repeat) {
            columns_.resize(std::max(columns_.size(), place.statement + 1));
            auto& rows = columns_[place.statement];
            place.row = rows.event_ids.size();
            rows.add(item);
            latest.insert_or_assign(
                event.enterprise_number + '\0' + item.digest, Latest{place, event.received_at}
            );
        }
        places_.push_back(place);
    }
}

std::vector<pg::Query> Statements::queries(const std::string& sql) const {
    std::vector<pg::Query> queries;
    queries.reserve(columns_.size() + 1);
    for (const auto& each : columns_) {
        queries.push_back(pg::Query{sql, each.params()});
    }
    return queries;
}

std::vector<pg::Query> Statements::plain() const {
    static const auto sql = plain_sql();
    return queries(sql);
}

std::vector<pg::Query> Statements::careful() const {
    static const auto sql = careful_sql();
    auto all = queries(sql);
    if (any_recovered()) {
        all.insert(all.begin(), {one_after_another_sql, pg::Params::of(recovering_)});
    }
    return all;
}

std::vector<Stored> Statements::outcomes(std::span<const pg::Rows> rows) const {
    std::map<std::pair<std::size_t, std::size_t>, std::string> first_ids;  // Of repeats only.
    const auto repeats = rows.last(columns_.size());
    for (std::size_t statement = 0; statement < repeats.size(); ++statement) {
        for (const auto& row : repeats[statement]) {
            first_ids.emplace(
                std::pair(statement, static_cast<std::size_t>(row.integer("position") - 1)),
                row.optional_text("id").value_or("")
            );
        }
    }
    std::vector<Stored> outcomes;
    outcomes.reserve(places_.size());
    for (const auto& place : places_) {
        const auto repeat = first_ids.find(std::pair(place.statement, place.row));
        const bool known = repeat != first_ids.end() && !repeat->second.empty();
        outcomes.push_back(
            {.event_id = known ? repeat->second : columns_[place.statement].event_ids[place.row],
             .duplicate = repeat != first_ids.end() || place.is_repeat}
        );
    }
    return outcomes;
}

std::vector<EventPointer> Statements::fresh(
    std::span<const NewEvent> events, const std::vector<Stored>& outcomes
) const {
    std::vector<EventPointer> fresh;
    fresh.reserve(events.size());
    // By its first new event: one that was stored before may have given its name to a batch then.
    std::vector<std::string> batch_ids(columns_.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (outcomes[i].duplicate) {
            continue;
        }
        auto& batch_id = batch_ids[places_[i].statement];
        if (batch_id.empty()) {
            batch_id = events[i].event->event_id;
        }
        events[i].event->batch_id = batch_id;
        fresh.push_back(events[i].event);
    }
    return fresh;
}

/// A row went to the default partition while its own was being made.
constexpr std::string_view partition_violated = "23514";

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
    const Statements statements(events);
    const auto deadline = net::deadline_in(commit_limit_);
    bool all_new = statements.are_one() && !statements.any_recovered();
    for (const auto& each : events) {
        const bool known = recent_.note(each.event->enterprise_number, each.digest);
        all_new = all_new && !known;
    }
    auto rows =
        co_await pool_.pipeline(all_new ? statements.plain() : statements.careful(), deadline);
    const bool was_unlucky =
        !rows && all_new &&
        (rows.error().code == base::Errc::conflict || rows.error().native == partition_violated);
    if (was_unlucky) {
        rows = co_await pool_.pipeline(statements.careful(), deadline);
    }
    if (!rows) {
        failed_(rows.error());
        co_return std::unexpected(rows.error());
    }
    auto outcomes = statements.outcomes(*rows);
    auto fresh = statements.fresh(events, outcomes);
    if (!fresh.empty()) {
        on_stored_(std::move(fresh));
    }
    co_return outcomes;
}

}  // namespace trunkline::ingest
