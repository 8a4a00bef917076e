#include "correlation_store.hpp"

#include <unordered_set>
#include <utility>

#include "call/number.hpp"
#include "json/writer.hpp"
#include "ledger_store.hpp"
#include "recording_store.hpp"

namespace trunkline::ingest {
namespace {

using Queries = std::vector<pg::Query>;
using Texts = std::vector<std::string>;
using Results = std::vector<CorrelationResult>;

void add_query(Queries& queries, std::string sql, pg::Params params) {
    queries.push_back(pg::Query{std::move(sql), std::move(params)});
}

pg::Query versions_query(const Texts& enterprises) {
    return pg::Query{
        "SELECT enterprise_number, version FROM tracker_timers WHERE enterprise_number = "
        "ANY($1::text[])",
        pg::Params::of(enterprises)
    };
}

std::map<std::string, std::int64_t> versions_of(const Texts& enterprises, const pg::Rows& rows) {
    std::map<std::string, std::int64_t> out;
    for (const auto& enterprise : enterprises) {
        out.emplace(enterprise, 0);
    }
    for (const auto& row : rows) {
        out[std::string(row.text(0))] = row.integer(1);
    }
    return out;
}

PendingEvent event_of(const pg::Row& row) {
    PendingEvent event;
    event.enterprise_number = row.text("enterprise_number");
    event.event_id = row.text("event_id");
    event.received_at = row.time("event_timestamp");
    event.event_time = row.optional_time("event_time");
    event.event_type = row.text("event_type");
    event.pbx = row.text("pbx");
    event.raw_data = row.text("raw_data");
    event.trace_id = row.text("trace_id");
    event.recovered = row.boolean("recovered");
    if (const auto seq = row.optional_text("seq")) {
        event.seq = row.integer("seq");
    }
    return event;
}

/// Takes the events' batches, and puts what else these hold aside. Returns the batches that were
/// still there.
pg::Query take_batches_query(const std::vector<EventPointer>& events) {
    Texts batches;
    Texts ids;
    for (const auto& event : events) {
        if (batches.empty() || batches.back() != event->batch_id) {
            batches.push_back(event->batch_id);
        }
        ids.push_back(event->event_id);
    }
    return pg::Query{
        "WITH gone AS (DELETE FROM pending_batches WHERE id = ANY($1::uuid[]) RETURNING *), "
        "aside AS (INSERT INTO pending_events (enterprise_number, event_timestamp, event_id) "
        "SELECT e.* FROM gone CROSS JOIN LATERAL "
        "unnest(gone.enterprise_numbers, gone.event_timestamps, gone.event_ids) "
        "AS e(enterprise, received, id) WHERE e.id <> ALL($2::uuid[])) "
        "SELECT id::text FROM gone",
        pg::Params::of(batches, ids)
    };
}

/// Takes events that wait one by one. Returns those that were still there.
pg::Query take_single_query(const std::vector<EventPointer>& events) {
    Texts owners;
    Texts times;
    Texts ids;
    for (const auto& event : events) {
        owners.push_back(event->enterprise_number);
        times.push_back(base::format_iso8601(event->received_at));
        ids.push_back(event->event_id);
    }
    return pg::Query{
        "DELETE FROM pending_events p USING unnest($1::text[], $2::timestamptz[], $3::uuid[]) "
        "AS k(enterprise, received, id) WHERE p.enterprise_number = k.enterprise "
        "AND p.event_timestamp = k.received AND p.event_id = k.id RETURNING p.event_id::text",
        pg::Params::of(owners, times, ids)
    };
}

std::unordered_set<std::string> ids_of(const pg::Rows& rows) {
    std::unordered_set<std::string> ids;
    for (const auto& row : rows) {
        ids.emplace(row.text(0));
    }
    return ids;
}

void keep_links(Queries& queries, const Results& results) {
    Texts enterprises;
    Texts calls;
    Texts times;
    Texts events;
    for (const auto& result : results) {
        for (const auto& link : result.links) {
            enterprises.push_back(result.enterprise_number);
            calls.push_back(link.call_uuid);
            times.push_back(base::format_iso8601(link.received_at));
            events.push_back(link.event_id);
        }
    }
    if (!events.empty()) {
        add_query(
            queries,
            "INSERT INTO call_event_links (enterprise_number, call_uuid, event_timestamp, "
            "event_id) "
            "SELECT * FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::uuid[]) "
            "ON CONFLICT DO NOTHING",
            pg::Params::of(enterprises, calls, times, events)
        );
    }
}

void keep_live(Queries& queries, const Results& results) {
    Texts enterprises;
    Texts uuids;
    Texts states;
    Texts over_enterprises;
    Texts over;
    for (const auto& result : results) {
        for (const auto& live : result.live) {
            enterprises.push_back(result.enterprise_number);
            uuids.push_back(live.uuid);
            states.push_back(live.state);
        }
        for (const auto& uuid : result.over) {
            over_enterprises.push_back(result.enterprise_number);
            over.push_back(uuid);
        }
    }
    if (!uuids.empty()) {
        add_query(
            queries,
            "INSERT INTO live_calls (enterprise_number, uuid, state) "
            "SELECT l.enterprise, l.uuid, l.state::jsonb "
            "FROM unnest($1::text[], $2::uuid[], $3::text[]) AS l(enterprise, uuid, state) "
            "ON CONFLICT (enterprise_number, uuid) DO UPDATE SET state = excluded.state, "
            "updated_at = now()",
            pg::Params::of(enterprises, uuids, states)
        );
    }
    if (!over.empty()) {
        add_query(
            queries,
            "DELETE FROM live_calls l USING unnest($1::text[], $2::uuid[]) AS o(enterprise, uuid) "
            "WHERE l.enterprise_number = o.enterprise AND l.uuid = o.uuid",
            pg::Params::of(over_enterprises, over)
        );
    }
}

void keep_timers(Queries& queries, const Results& results) {
    Texts enterprises;
    std::vector<std::optional<std::string>> times;
    for (const auto& result : results) {
        enterprises.push_back(result.enterprise_number);
        times.push_back(result.next_timer.transform(base::format_iso8601));
    }
    add_query(
        queries,
        "INSERT INTO tracker_timers AS t (enterprise_number, due_at, version) "
        "SELECT i.enterprise, i.due, 1 FROM unnest($1::text[], $2::timestamptz[]) AS "
        "i(enterprise, due) "
        "ON CONFLICT (enterprise_number) DO UPDATE SET due_at = excluded.due_at, version = "
        "t.version + 1",
        pg::Params::of(enterprises, times)
    );
}

std::string extension_of(const call::Call& call) {
    if (!call.talkers.empty()) {
        return call.talkers.back();
    }
    return call.rang.empty() ? call.callee : call.rang.front();
}

int call_type_of(const call::Call& call) {
    switch (call.direction) {
        case call::Direction::in:
            return 0;
        case call::Direction::out:
            return 1;
        case call::Direction::internal:
            return 2;
    }
    return 0;
}

void write_list(json::Writer& writer, std::string_view key, const Texts& texts) {
    writer.key(key).begin_array();
    for (const auto& text : texts) {
        writer.value(text);
    }
    writer.end_array();
}

void write_row(json::Writer& writer, const std::string& enterprise, const call::Call& call) {
    const bool is_internal = call.direction == call::Direction::internal;
    const auto key = is_internal ? std::string() : call::match_key(call.phone);
    writer.begin_object()
        .member("enterprise_number", enterprise)
        .member("uuid", call.uuid)
        .member("unique_id", call.unique_id)
        .member("pbx", call.pbx)
        .member("phone", is_internal ? call.caller : key)
        .member("customer", key)
        .member("line", call.line)
        .member("extension", extension_of(call))
        .member("call_type", call_type_of(call))
        .member("call_status", call.answered ? 2 : 0)
        .member("date_received", base::format_iso8601(call.started_at))
        .member("date_answered", call.answered_at.transform(base::format_iso8601))
        .member("date_end", base::format_iso8601(call.ended_at.value_or(call.started_at)))
        .member("duration", call.talk_s)
        .member("wait", call.wait_s)
        .member("record_url", call.record_url)
        .member("corrected", call.corrected);
    write_list(writer, "extensions", call.rang);
    write_list(writer, "talkers", call.talkers);
    writer.end_object();
}

// A customer's counts move by the difference between a call's old row and its new one, so that a
// correction counts right. Both statements see the calls' rows in a fixed order of customers, or
// two replicas could wait for each other.
constexpr auto uncount_sql =
    "WITH old AS ("
    "SELECT c.enterprise_number, regexp_replace(c.phone, '\\D', '', 'g') AS phone, "
    "count(*) FILTER (WHERE c.call_type = 0 AND c.call_status = 2) AS inbound_answered, "
    "count(*) FILTER (WHERE c.call_type = 0 AND c.call_status = 0) AS inbound_missed, "
    "count(*) FILTER (WHERE c.call_type = 1 AND c.call_status = 2) AS outbound_answered, "
    "count(*) FILTER (WHERE c.call_type = 1 AND c.call_status = 0) AS outbound_missed "
    "FROM calls c JOIN unnest($1::text[], $2::uuid[]) AS g(enterprise, uuid) "
    "ON c.enterprise_number = g.enterprise AND c.uuid = g.uuid "
    "WHERE c.call_type IN (0, 1) GROUP BY 1, 2) "
    "UPDATE customers u SET inbound_answered = u.inbound_answered - old.inbound_answered, "
    "inbound_missed = u.inbound_missed - old.inbound_missed, "
    "outbound_answered = u.outbound_answered - old.outbound_answered, "
    "outbound_missed = u.outbound_missed - old.outbound_missed "
    "FROM old WHERE u.enterprise_number = old.enterprise_number AND u.phone = old.phone";

constexpr auto keep_calls_sql =
    "WITH rows AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($1::jsonb) AS r("
    "enterprise_number text, uuid uuid, unique_id text, pbx text, phone text, customer text, line "
    "text, extension text, call_type smallint, call_status smallint, date_received timestamptz, "
    "date_answered timestamptz, date_end timestamptz, duration integer, wait integer, record_url "
    "text, corrected boolean, extensions jsonb, talkers jsonb)), "
    "counted AS ("
    "INSERT INTO customers AS u (enterprise_number, phone, first_call_at, last_call_at, "
    "inbound_answered, inbound_missed, outbound_answered, outbound_missed) "
    "SELECT enterprise_number, customer, min(date_received), max(date_received), "
    "count(*) FILTER (WHERE call_type = 0 AND call_status = 2), "
    "count(*) FILTER (WHERE call_type = 0 AND call_status = 0), "
    "count(*) FILTER (WHERE call_type = 1 AND call_status = 2), "
    "count(*) FILTER (WHERE call_type = 1 AND call_status = 0) "
    "FROM rows WHERE customer <> '' GROUP BY 1, 2 ORDER BY 1, 2 "
    "ON CONFLICT (enterprise_number, phone) DO UPDATE SET "
    "first_call_at = least(u.first_call_at, excluded.first_call_at), "
    "last_call_at = greatest(u.last_call_at, excluded.last_call_at), "
    "inbound_answered = u.inbound_answered + excluded.inbound_answered, "
    "inbound_missed = u.inbound_missed + excluded.inbound_missed, "
    "outbound_answered = u.outbound_answered + excluded.outbound_answered, "
    "outbound_missed = u.outbound_missed + excluded.outbound_missed) "
    "INSERT INTO calls (enterprise_number, uuid, unique_id, pbx, phone, line, extension, "
    "extensions, talkers, call_type, call_status, date_received, date_answered, date_end, "
    "duration, wait, record_url, corrected) "
    "SELECT enterprise_number, uuid, unique_id, pbx, phone, line, extension, "
    "ARRAY(SELECT jsonb_array_elements_text(extensions)), "
    "ARRAY(SELECT jsonb_array_elements_text(talkers)), "
    "call_type, call_status, date_received, date_answered, date_end, duration, wait, "
    "nullif(record_url, ''), corrected FROM rows "
    "ON CONFLICT (enterprise_number, uuid) DO UPDATE SET unique_id = excluded.unique_id, "
    "phone = excluded.phone, line = excluded.line, extension = excluded.extension, "
    "extensions = excluded.extensions, talkers = excluded.talkers, call_type = excluded.call_type, "
    "call_status = excluded.call_status, date_received = excluded.date_received, "
    "date_answered = excluded.date_answered, date_end = excluded.date_end, duration = "
    "excluded.duration, wait = excluded.wait, record_url = excluded.record_url, "
    "corrected = excluded.corrected, updated_at = now()";

void keep_finished(Queries& queries, const Results& results) {
    Texts enterprises;
    Texts uuids;
    json::Writer writer;
    writer.begin_array();
    for (const auto& result : results) {
        for (const auto& call : result.finished) {
            enterprises.push_back(result.enterprise_number);
            uuids.push_back(call.uuid);
            write_row(writer, result.enterprise_number, call);
        }
    }
    writer.end_array();
    if (!uuids.empty()) {
        add_query(queries, uncount_sql, pg::Params::of(enterprises, uuids));
        add_query(queries, keep_calls_sql, pg::Params::of(pg::Json{writer.take()}));
    }
}

void keep_recordings(Queries& queries, const Results& results) {
    std::vector<RecordingStore::Link> links;
    for (const auto& result : results) {
        for (const auto& call : result.finished) {
            if (!call.record_url.empty()) {
                const bool plain = result.plain_links.contains(call.uuid);
                links.push_back({result.enterprise_number, call.uuid, call.unique_ids, plain});
            }
        }
    }
    if (!links.empty()) {
        queries.push_back(RecordingStore::links_query(links));
    }
}

void absorb(Queries& queries, const Results& results) {
    for (const auto& result : results) {
        const auto& enterprise = result.enterprise_number;
        for (const auto& absorbed : result.absorbed) {
            add_query(
                queries, uncount_sql, pg::Params::of(Texts{enterprise}, Texts{absorbed.uuid})
            );
            for (const auto* table : {"live_calls", "calls"}) {
                add_query(
                    queries,
                    std::string("DELETE FROM ") + table +
                        " WHERE enterprise_number = $1 AND uuid = $2::uuid",
                    pg::Params::of(enterprise, absorbed.uuid)
                );
            }
            add_query(
                queries,
                "UPDATE call_event_links SET call_uuid = $3::uuid WHERE enterprise_number = $1 AND "
                "call_uuid = $2::uuid",
                pg::Params::of(enterprise, absorbed.uuid, absorbed.into)
            );
            queries.push_back(RecordingStore::merge_query(enterprise, absorbed.uuid, absorbed.into)
            );
        }
    }
}

void send(
    Queries& queries,
    const Results& results,
    const std::string& queue,
    std::vector<outbox::Message> CorrelationResult::* messages
) {
    std::vector<outbox::Message> all;
    for (const auto& result : results) {
        const auto& some = result.*messages;
        all.insert(all.end(), some.begin(), some.end());
    }
    if (!all.empty()) {
        queries.push_back(outbox::insert_query(queue, all));
    }
}

LedgerStore::Deltas ledgers_of(Results& results) {
    LedgerStore::Deltas deltas;
    for (auto& result : results) {
        deltas.emplace(result.enterprise_number, std::move(result.ledger));
    }
    return deltas;
}

base::Result<Texts> texts_of(const base::Result<pg::Rows>& rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    Texts out;
    for (const auto& row : *rows) {
        out.emplace_back(row.text(0));
    }
    return out;
}

}  // namespace

asio::awaitable<base::Result<std::size_t>> CorrelationStore::break_up(
    base::WallTime until, int limit
) {
    // Who works on a batch now has locked it.
    const auto rows = co_await pool_.execute(
        "WITH old AS (SELECT id FROM pending_batches WHERE received_at <= $1 ORDER BY received_at "
        "LIMIT $2 FOR UPDATE SKIP LOCKED), "
        "gone AS (DELETE FROM pending_batches b USING old WHERE b.id = old.id "
        "RETURNING b.enterprise_numbers, b.event_timestamps, b.event_ids), "
        "singly AS (INSERT INTO pending_events (enterprise_number, event_timestamp, event_id) "
        "SELECT e.* FROM gone CROSS JOIN LATERAL "
        "unnest(gone.enterprise_numbers, gone.event_timestamps, gone.event_ids) AS e) "
        "SELECT count(*) FROM gone",
        pg::Params::of(until, limit)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return static_cast<std::size_t>(rows->front().integer(0));
}

asio::awaitable<base::Result<std::vector<std::string>>> CorrelationStore::enterprises_waiting(
    std::string after, base::WallTime until, int limit
) {
    // Jumps from enterprise to enterprise in the index, however many events wait.
    const auto rows = co_await pool_.execute(
        "WITH RECURSIVE e(number) AS ("
        "SELECT min(enterprise_number) FROM pending_events WHERE enterprise_number > $1 UNION ALL "
        "SELECT (SELECT min(p.enterprise_number) FROM pending_events p WHERE p.enterprise_number > "
        "e.number) FROM e WHERE e.number IS NOT NULL) "
        "SELECT e.number FROM e CROSS JOIN LATERAL (SELECT p.event_timestamp FROM pending_events p "
        "WHERE p.enterprise_number = e.number ORDER BY p.event_timestamp LIMIT 1) oldest "
        "WHERE oldest.event_timestamp <= $2 LIMIT $3",
        pg::Params::of(after, until, limit)
    );
    co_return texts_of(rows);
}

asio::awaitable<base::Result<std::vector<std::string>>> CorrelationStore::enterprises_due(int limit
) {
    const auto rows = co_await pool_.execute(
        "SELECT enterprise_number FROM tracker_timers WHERE due_at <= now() ORDER BY due_at LIMIT "
        "$1",
        pg::Params::of(limit)
    );
    co_return texts_of(rows);
}

asio::awaitable<base::Result<std::vector<std::string>>> CorrelationStore::lock(
    pg::Session& session, std::vector<std::string> enterprises
) {
    const auto rows = co_await session.execute(
        "SELECT e FROM unnest($1::text[]) AS e WHERE pg_try_advisory_xact_lock("
        "hashtext('correlate'), hashtext(e))",
        pg::Params::of(enterprises)
    );
    co_return texts_of(rows);
}

asio::awaitable<base::Result<>> CorrelationStore::wait_for_lock(
    pg::Session& session, std::string enterprise
) {
    const auto rows = co_await session.execute(
        "SELECT pg_advisory_xact_lock(hashtext('correlate'), hashtext($1))",
        pg::Params::of(enterprise)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<CorrelationStore::Taken>> CorrelationStore::take(
    pg::Session& session, std::vector<std::string> enterprises, std::vector<EventPointer> events
) {
    Queries queries;
    queries.push_back(versions_query(enterprises));
    if (!events.empty()) {
        queries.push_back(take_batches_query(events));
    }
    const auto rows = co_await session.pipeline(std::move(queries));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    Taken taken;
    taken.versions = versions_of(enterprises, rows->front());
    if (events.empty()) {
        co_return taken;
    }
    const auto batches = ids_of(rows->back());
    std::vector<EventPointer> broken_up;
    for (const auto& event : events) {
        if (!batches.contains(event->batch_id)) {
            broken_up.push_back(event);
        }
    }
    std::unordered_set<std::string> singly;
    if (!broken_up.empty()) {
        const auto found = co_await session.pipeline(Queries{take_single_query(broken_up)});
        if (!found) {
            co_return std::unexpected(found.error());
        }
        singly = ids_of(found->front());
    }
    for (auto& event : events) {
        if (batches.contains(event->batch_id) || singly.contains(event->event_id)) {
            taken.events.push_back(std::move(event));
        }
    }
    co_return taken;
}

asio::awaitable<base::Result<CorrelationStore::Taken>> CorrelationStore::take_waiting(
    pg::Session& session, std::vector<std::string> enterprises, int limit_each
) {
    Queries queries;
    queries.push_back(versions_query(enterprises));
    add_query(
        queries,
        "WITH oldest AS MATERIALIZED (SELECT p.* FROM unnest($1::text[]) AS e CROSS JOIN LATERAL ("
        "SELECT * FROM pending_events w WHERE w.enterprise_number = e "
        "ORDER BY w.event_timestamp, w.event_id LIMIT $2) p), "
        "gone AS (DELETE FROM pending_events p USING oldest o WHERE p.enterprise_number = "
        "o.enterprise_number AND p.event_timestamp = o.event_timestamp AND p.event_id = o.event_id "
        "RETURNING p.enterprise_number, p.event_timestamp, p.event_id) "
        "SELECT e.enterprise_number, e.event_id::text AS event_id, e.event_timestamp, "
        "e.event_time, e.event_type, e.pbx, e.seq, e.raw_data::text AS raw_data, e.trace_id, "
        "e.data_source = 'recovery' AS recovered "
        "FROM gone g JOIN call_events e ON e.enterprise_number = g.enterprise_number "
        "AND e.event_timestamp = g.event_timestamp AND e.event_id = g.event_id "
        "ORDER BY e.event_timestamp, e.event_id",
        pg::Params::of(enterprises, limit_each)
    );
    const auto rows = co_await session.pipeline(std::move(queries));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    Taken taken;
    taken.versions = versions_of(enterprises, rows->front());
    for (const auto& row : rows->back()) {
        taken.events.push_back(std::make_shared<const PendingEvent>(event_of(row)));
    }
    co_return taken;
}

asio::awaitable<base::Result<std::map<std::string, std::vector<std::string>>>>
CorrelationStore::live_states(pg::Session& session, std::vector<std::string> enterprises) {
    const auto rows = co_await session.execute(
        "SELECT enterprise_number, state::text FROM live_calls WHERE enterprise_number = "
        "ANY($1::text[])",
        pg::Params::of(enterprises)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::map<std::string, std::vector<std::string>> out;
    for (const auto& row : *rows) {
        out[std::string(row.text(0))].emplace_back(row.text(1));
    }
    co_return out;
}

asio::awaitable<base::Result<std::optional<std::string>>> CorrelationStore::last_body(
    pg::Session& session,
    std::string enterprise,
    std::vector<std::string> unique_ids,
    std::string event_type
) {
    const auto rows = co_await session.execute(
        "SELECT raw_data::text FROM call_events WHERE enterprise_number = $1 AND unique_id = "
        "ANY($2::text[]) "
        "AND event_type = $3 ORDER BY event_timestamp DESC LIMIT 1",
        pg::Params::of(enterprise, unique_ids, event_type)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return std::optional<std::string>();
    }
    co_return std::optional<std::string>(rows->front().text(0));
}

asio::awaitable<base::Result<>> CorrelationStore::write(
    pg::Session& session, std::vector<CorrelationResult> results
) {
    Queries queries;
    keep_links(queries, results);
    keep_live(queries, results);
    keep_timers(queries, results);
    absorb(queries, results);
    keep_finished(queries, results);
    keep_recordings(queries, results);
    send(queries, results, "telegram", &CorrelationResult::telegram);
    send(queries, results, "gateway", &CorrelationResult::gateway);
    LedgerStore::add_queries(queries, ledgers_of(results));
    const auto written = co_await session.pipeline(std::move(queries));
    if (!written) {
        co_return std::unexpected(written.error());
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::ingest
