#include "event_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "crypto/encoding.hpp"

namespace trunkline::ingest {
namespace {

// The window within which the same event from the same exchange is a repeat (INTERFACES section 4);
// one of an exchange that catches up is a repeat at any time, but not one that only waited in our
// journal, for its time of receipt is known. event_keys decides, since call_events cannot have a
// unique index without its partition key. Keys are taken in a fixed order, so that two batches with
// the same ones cannot wait for each other.
constexpr std::size_t kept_of_digest = 16;
constexpr auto repeat_window = std::chrono::seconds(5);

//
// Most batches hold nothing that came before, and recognising repeats is what costs most then: what
// RecentDigests does not know is inserted plainly. If event_keys does know one (another replica had
// it, or it is older than our memory), that write fails as a whole and is done again the careful
// way.
constexpr auto incoming_sql =
    "WITH incoming AS MATERIALIZED ("
    "SELECT * FROM ROWS FROM (unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[], "
    "$5::text[], $6::timestamptz[], $7::boolean[], $8::text[], $9::bigint[], $10::text[], "
    "$11::text[], $12::uuid[], $13::boolean[]), jsonb_array_elements($14::jsonb)) WITH ORDINALITY "
    "AS i(enterprise, id, received, unique_id, type, event_time, recovered, pbx, seq, bytes, "
    "trace, digest, at_any_time, raw, position)), ";

constexpr auto add_keys_sql =
    "INSERT INTO event_keys AS k (enterprise_number, digest, event_id, seen_at) "
    "SELECT enterprise, digest, id, received FROM incoming ORDER BY enterprise, digest ";

constexpr auto add_batch_sql =
    "INSERT INTO pending_batches (id, received_at, enterprise_numbers, event_timestamps, "
    "event_ids) SELECT ";

constexpr auto add_events_sql =
    "INSERT INTO call_events (enterprise_number, event_timestamp, event_id, unique_id, event_type, "
    "event_time, data_source, pbx, seq, raw_data, raw_bytes, trace_id) "
    "SELECT enterprise, received, id, unique_id, type, event_time, "
    "CASE WHEN recovered THEN 'recovery' ELSE 'live' END, pbx, seq, raw, "
    "decode(nullif(bytes, ''), 'hex'), trace FROM ";

/// Returns the place of each repeat, and the event that it repeats.
std::string careful_sql() {
    return fmt::format(
        "{}fresh AS ({}"
        "ON CONFLICT (enterprise_number, digest) DO UPDATE SET event_id = excluded.event_id, "
        "seen_at = excluded.seen_at "
        "WHERE k.seen_at < excluded.seen_at - interval '5 seconds' AND NOT EXISTS ("
        "SELECT 1 FROM incoming r WHERE r.id = excluded.event_id AND r.at_any_time) "
        "RETURNING event_id), "
        "new AS MATERIALIZED (SELECT i.* FROM incoming i WHERE i.id IN (SELECT event_id FROM "
        "fresh)), queued AS ({}(array_agg(id ORDER BY position))[1], min(received), "
        "array_agg(enterprise ORDER BY position), array_agg(received ORDER BY position), "
        "array_agg(id ORDER BY position) FROM new HAVING count(*) > 0), stored AS ({}new) "
        "SELECT i.position, k.event_id::text AS id FROM incoming i LEFT JOIN event_keys k "
        "ON k.enterprise_number = i.enterprise AND k.digest = i.digest "
        "WHERE i.id NOT IN (SELECT event_id FROM fresh)",
        incoming_sql,
        add_keys_sql,
        add_batch_sql,
        add_events_sql
    );
}

/// conflict if one of them is known.
std::string plain_sql() {
    return fmt::format(
        "{}keys AS ({}), queued AS ({}($2::uuid[])[1], ($3::timestamptz[])[1], $1::text[], "
        "$3::timestamptz[], $2::uuid[]) {}incoming",
        incoming_sql,
        add_keys_sql,
        add_batch_sql,
        add_events_sql
    );
}

/// Events as parallel columns; each key once, for one statement may not touch a key twice.
struct Columns {
    std::vector<std::string> enterprises, ids, received, unique_ids, types, recovered, pbxes, bytes,
        traces, digests, at_any_time;
    std::vector<std::optional<std::string>> event_times, seqs;
    std::string raws;  ///< The bodies, one after another.

    void add(const NewEvent& item);
    pg::Params params() const;
};

bool catches_up(const PendingEvent& event) {
    return event.decoded ? event.decoded->recovered : event.recovered;
}

void Columns::add(const NewEvent& item) {
    const auto& event = *item.event;
    enterprises.push_back(event.enterprise_number);
    ids.push_back(event.event_id);
    received.push_back(base::format_iso8601(event.received_at));
    unique_ids.push_back(item.unique_id);
    types.push_back(event.event_type);
    event_times.push_back(event.event_time.transform(base::format_iso8601));
    recovered.emplace_back(event.recovered ? "t" : "f");
    pbxes.push_back(event.pbx);
    seqs.push_back(event.seq.transform([](std::int64_t seq) { return std::to_string(seq); }));
    raws += raws.empty() ? '[' : ',';
    raws += event.raw_data;
    bytes.push_back(crypto::to_hex(item.raw_bytes));
    traces.push_back(event.trace_id);
    digests.push_back(crypto::to_hex(item.digest.substr(0, kept_of_digest)));
    at_any_time.emplace_back(catches_up(event) ? "t" : "f");
}

pg::Params Columns::params() const {
    pg::Params params;
    params << enterprises << ids << received << unique_ids << types << event_times << recovered
           << pbxes << seqs << bytes << traces << digests << at_any_time << raws + ']';
    return params;
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
            place.row = rows.ids.size();
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
        all_new = all_new && !known;
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
                 known ? repeat->second : statements.columns[place.statement].ids[place.row],
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
