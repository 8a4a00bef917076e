#include "call_store.hpp"

#include <utility>

#include "call/number.hpp"
#include "json/writer.hpp"

namespace trunkline::ingest {
namespace {

using Queries = std::vector<pg::Query>;

void add_query(Queries& queries, std::string sql, pg::Params params) {
    queries.push_back(pg::Query{std::move(sql), std::move(params)});
}

void consume(Queries& queries, const std::string& enterprise, const CorrelationResult& result) {
    if (!result.consumed.empty()) {
        add_query(
            queries,
            "DELETE FROM pending_events WHERE enterprise_number = $1 AND id = ANY($2::bigint[])",
            pg::Params::of(enterprise, result.consumed)
        );
    }
    if (result.assignments.empty()) {
        return;
    }
    std::vector<std::string> events;
    std::vector<std::string> times;
    std::vector<std::string> calls;
    for (const auto& assignment : result.assignments) {
        events.push_back(assignment.event_id);
        times.push_back(base::format_iso8601(assignment.received_at));
        calls.push_back(assignment.call_uuid);
    }
    add_query(
        queries,
        "UPDATE call_events e SET call_uuid = m.call_uuid "
        "FROM unnest($2::uuid[], $3::timestamptz[], $4::uuid[]) AS m(event_id, received, "
        "call_uuid) "
        "WHERE e.enterprise_number = $1 AND e.event_timestamp = m.received AND e.event_id = "
        "m.event_id",
        pg::Params::of(enterprise, events, times, calls)
    );
}

void keep_live(Queries& queries, const std::string& enterprise, const CorrelationResult& result) {
    std::vector<std::string> uuids;
    std::vector<std::string> states;
    for (const auto& live : result.live) {
        uuids.push_back(live.uuid);
        states.push_back(live.state);
    }
    if (!uuids.empty()) {
        add_query(
            queries,
            "INSERT INTO live_calls (enterprise_number, uuid, state) "
            "SELECT $1, l.uuid, l.state FROM unnest($2::uuid[], $3::jsonb[]) AS l(uuid, state) "
            "ON CONFLICT (enterprise_number, uuid) DO UPDATE SET state = excluded.state, "
            "updated_at = now()",
            pg::Params::of(enterprise, uuids, states)
        );
    }
    if (!result.over.empty()) {
        add_query(
            queries,
            "DELETE FROM live_calls WHERE enterprise_number = $1 AND uuid = ANY($2::uuid[])",
            pg::Params::of(enterprise, result.over)
        );
    }
    if (result.next_timer) {
        add_query(
            queries,
            "INSERT INTO tracker_timers (enterprise_number, due_at) VALUES ($1, $2) "
            "ON CONFLICT (enterprise_number) DO UPDATE SET due_at = excluded.due_at",
            pg::Params::of(enterprise, *result.next_timer)
        );
    } else {
        add_query(
            queries,
            "DELETE FROM tracker_timers WHERE enterprise_number = $1",
            pg::Params::of(enterprise)
        );
    }
}

/// A customer's counts move by the difference between the call's old row and its new one, so a
/// correction counts right.
void uncount(Queries& queries, const std::string& enterprise, const std::string& uuid) {
    add_query(
        queries,
        "UPDATE customers u SET "
        "inbound_answered = inbound_answered - (c.call_type = 0 AND c.call_status = 2)::int, "
        "inbound_missed = inbound_missed - (c.call_type = 0 AND c.call_status = 0)::int, "
        "outbound_answered = outbound_answered - (c.call_type = 1 AND c.call_status = 2)::int, "
        "outbound_missed = outbound_missed - (c.call_type = 1 AND c.call_status = 0)::int "
        "FROM calls c WHERE c.enterprise_number = $1 AND c.uuid = $2::uuid "
        "AND u.enterprise_number = $1 AND u.phone = regexp_replace(c.phone, '\\D', '', 'g')",
        pg::Params::of(enterprise, uuid)
    );
}

void count(Queries& queries, const std::string& enterprise, const call::Call& call) {
    const auto phone = call::match_key(call.phone);
    if (call.direction == call::Direction::internal || phone.empty()) {
        return;
    }
    const bool inbound = call.direction == call::Direction::in;
    add_query(
        queries,
        "INSERT INTO customers AS u (enterprise_number, phone, first_call_at, last_call_at, "
        "inbound_answered, inbound_missed, "
        "outbound_answered, outbound_missed) VALUES ($1, $2, $3, $3, $4, $5, $6, $7) "
        "ON CONFLICT (enterprise_number, phone) DO UPDATE SET "
        "first_call_at = least(u.first_call_at, excluded.first_call_at), "
        "last_call_at = greatest(u.last_call_at, excluded.last_call_at), "
        "inbound_answered = u.inbound_answered + excluded.inbound_answered, "
        "inbound_missed = u.inbound_missed + excluded.inbound_missed, "
        "outbound_answered = u.outbound_answered + excluded.outbound_answered, "
        "outbound_missed = u.outbound_missed + excluded.outbound_missed",
        pg::Params::of(
            enterprise,
            phone,
            call.started_at,
            inbound && call.answered ? 1 : 0,
            inbound && !call.answered ? 1 : 0,
            !inbound && call.answered ? 1 : 0,
            !inbound && !call.answered ? 1 : 0
        )
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

void keep_finished(Queries& queries, const std::string& enterprise, const call::Call& call) {
    uncount(queries, enterprise, call.uuid);
    const auto phone =
        call.direction == call::Direction::internal ? call.caller : call::match_key(call.phone);
    add_query(
        queries,
        "INSERT INTO calls (enterprise_number, uuid, unique_id, pbx, phone, line, extension, "
        "extensions, talkers, call_type, "
        "call_status, date_received, date_answered, date_end, duration, wait, record_url, "
        "corrected) "
        "VALUES ($1, $2::uuid, $3, $4, $5, $6, $7, $8::text[], $9::text[], $10, $11, $12, $13, "
        "$14, $15, $16, "
        "nullif($17, ''), $18) "
        "ON CONFLICT (enterprise_number, uuid) DO UPDATE SET unique_id = excluded.unique_id, phone "
        "= excluded.phone, "
        "line = excluded.line, extension = excluded.extension, extensions = excluded.extensions, "
        "talkers = excluded.talkers, call_type = excluded.call_type, call_status = "
        "excluded.call_status, "
        "date_received = excluded.date_received, date_answered = excluded.date_answered, date_end "
        "= excluded.date_end, "
        "duration = excluded.duration, wait = excluded.wait, record_url = excluded.record_url, "
        "corrected = excluded.corrected, updated_at = now()",
        pg::Params::of(
            enterprise,
            call.uuid,
            call.unique_id,
            call.pbx,
            phone,
            call.line,
            extension_of(call),
            call.rang,
            call.talkers,
            call_type_of(call),
            call.answered ? 2 : 0,
            call.started_at,
            call.answered_at,
            call.ended_at.value_or(call.started_at),
            call.talk_s,
            call.wait_s,
            call.record_url,
            call.corrected
        )
    );
    count(queries, enterprise, call);
}

void absorb(
    Queries& queries, const std::string& enterprise, const CorrelationResult::Absorbed& absorbed
) {
    uncount(queries, enterprise, absorbed.uuid);
    const auto params = pg::Params::of(enterprise, absorbed.uuid);
    add_query(
        queries, "DELETE FROM live_calls WHERE enterprise_number = $1 AND uuid = $2::uuid", params
    );
    add_query(
        queries, "DELETE FROM calls WHERE enterprise_number = $1 AND uuid = $2::uuid", params
    );
    add_query(
        queries,
        "UPDATE call_events SET call_uuid = $3::uuid WHERE enterprise_number = $1 AND call_uuid = "
        "$2::uuid",
        pg::Params::of(enterprise, absorbed.uuid, absorbed.into)
    );
}

base::Result<std::string> object_or_missing(
    const base::Result<pg::Rows>& rows, std::string_view what
) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        return base::fail(base::Errc::not_found, "no such " + std::string(what));
    }
    return std::string(rows->front().text(0));
}

constexpr auto call_object =
    "jsonb_build_object('uuid', c.uuid, 'unique_id', c.unique_id, 'enterprise_number', "
    "c.enterprise_number, "
    "'phone', c.phone, 'line', c.line, 'extension', c.extension, 'extensions', c.extensions, "
    "'talkers', c.talkers, "
    "'call_type', c.call_type, 'call_status', c.call_status, 'date_received', c.date_received, "
    "'date_answered', c.date_answered, 'date_end', c.date_end, 'duration', c.duration, 'wait', "
    "c.wait, "
    "'record_url', c.record_url, 'corrected', c.corrected)::text";

}  // namespace

asio::awaitable<base::Result<std::vector<std::string>>> CallStore::enterprises_with_work() {
    const auto rows = co_await pool_.execute(
        "SELECT enterprise_number FROM pending_events UNION "
        "SELECT enterprise_number FROM tracker_timers WHERE due_at <= now() LIMIT 1000"
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<std::string> out;
    for (const auto& row : *rows) {
        out.emplace_back(row.text(0));
    }
    co_return out;
}

asio::awaitable<base::Result<std::chrono::milliseconds>> CallStore::until_timer(
    std::chrono::milliseconds cap
) {
    const auto rows = co_await pool_.execute(
        "SELECT greatest(1, least($1::bigint, coalesce(ceil(extract(epoch FROM min(due_at) - "
        "now()) * 1000)::bigint, "
        "$1::bigint))) FROM tracker_timers",
        pg::Params::of(static_cast<std::int64_t>(cap.count()))
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return std::chrono::milliseconds(rows->front().integer(0));
}

asio::awaitable<base::Result<bool>> CallStore::lock(pg::Session& session, std::string enterprise) {
    const auto rows = co_await session.execute(
        "SELECT pg_try_advisory_xact_lock(hashtext('correlate'), hashtext($1))",
        pg::Params::of(enterprise)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return rows->front().boolean(0);
}

asio::awaitable<base::Result<std::vector<PendingEvent>>> CallStore::pending(
    pg::Session& session, std::string enterprise, int limit
) {
    const auto rows = co_await session.execute(
        "SELECT p.id, p.event_id::text AS event_id, p.event_timestamp, e.event_time, e.event_type, "
        "e.pbx, "
        "e.raw_data::text AS raw_data, e.trace_id, e.data_source = 'recovery' AS recovered "
        "FROM pending_events p JOIN call_events e ON e.enterprise_number = p.enterprise_number "
        "AND e.event_timestamp = p.event_timestamp AND e.event_id = p.event_id "
        "WHERE p.enterprise_number = $1 ORDER BY p.id LIMIT $2",
        pg::Params::of(enterprise, limit)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<PendingEvent> out;
    out.reserve(rows->size());
    for (const auto& row : *rows) {
        PendingEvent event;
        event.position = row.integer("id");
        event.event_id = row.text("event_id");
        event.received_at = row.time("event_timestamp");
        event.event_time = row.optional_time("event_time");
        event.event_type = row.text("event_type");
        event.pbx = row.text("pbx");
        event.raw_data = row.text("raw_data");
        event.trace_id = row.text("trace_id");
        event.recovered = row.boolean("recovered");
        out.push_back(std::move(event));
    }
    co_return out;
}

asio::awaitable<base::Result<std::vector<std::string>>> CallStore::live_states(
    pg::Session& session, std::string enterprise
) {
    const auto rows = co_await session.execute(
        "SELECT state::text FROM live_calls WHERE enterprise_number = $1",
        pg::Params::of(enterprise)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<std::string> out;
    for (const auto& row : *rows) {
        out.emplace_back(row.text(0));
    }
    co_return out;
}

asio::awaitable<base::Result<std::optional<std::string>>> CallStore::last_body(
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

asio::awaitable<base::Result<>> CallStore::write(
    pg::Session& session, std::string enterprise, CorrelationResult result
) {
    Queries queries;
    consume(queries, enterprise, result);
    keep_live(queries, enterprise, result);
    for (const auto& absorbed : result.absorbed) {
        absorb(queries, enterprise, absorbed);
    }
    for (const auto& call : result.finished) {
        keep_finished(queries, enterprise, call);
    }
    if (!result.telegram.empty()) {
        queries.push_back(outbox::insert_query("telegram", result.telegram));
    }
    if (!result.gateway.empty()) {
        queries.push_back(outbox::insert_query("gateway", result.gateway));
    }
    const auto written = co_await session.pipeline(std::move(queries));
    if (!written) {
        co_return std::unexpected(written.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<std::string>> CallStore::list_calls(CallFilter filter) {
    const auto rows = co_await pool_.execute(
        std::string("SELECT ") + call_object +
            ", to_char(c.date_received AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') || "
            "'_' || c.uuid AS cursor "
            "FROM calls c WHERE ($1::text IS NULL OR c.enterprise_number = $1) AND ($2::text IS "
            "NULL OR c.phone = $2) "
            "AND ($3::text IS NULL OR c.unique_id = $3) AND ($4::timestamptz IS NULL OR "
            "c.date_received >= $4) "
            "AND ($5::timestamptz IS NULL OR c.date_received < $5) "
            "AND ($6::text IS NULL OR (c.date_received, c.uuid) < "
            "(split_part($6, '_', 1)::timestamptz, split_part($6, '_', 2)::uuid)) "
            "ORDER BY c.date_received DESC, c.uuid DESC LIMIT $7",
        pg::Params::of(
            filter.enterprise,
            filter.phone,
            filter.unique_id,
            filter.from,
            filter.to,
            filter.cursor,
            filter.limit + 1
        )
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto limit = static_cast<std::size_t>(filter.limit);
    const auto shown = std::min(rows->size(), limit);
    json::Writer writer;
    writer.begin_object().key("items").begin_array();
    for (std::size_t i = 0; i < shown; ++i) {
        writer.raw((*rows)[i].text(0));
    }
    writer.end_array().key("next");
    if (rows->size() > limit) {
        writer.value((*rows)[limit - 1].text(1));
    } else {
        writer.value(nullptr);
    }
    co_return writer.end_object().take();
}

asio::awaitable<base::Result<std::string>> CallStore::get_call(std::string uuid) {
    const auto rows = co_await pool_.execute(
        std::string("SELECT ") + call_object + " FROM calls c WHERE c.uuid = $1::uuid",
        pg::Params::of(uuid)
    );
    co_return object_or_missing(rows, "call");
}

asio::awaitable<base::Result<std::string>> CallStore::get_events(std::string uuid) {
    const auto rows = co_await pool_.execute(
        "SELECT jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object('event_id', "
        "e.event_id, "
        "'event_type', e.event_type, 'unique_id', e.unique_id, 'event_timestamp', "
        "e.event_timestamp, "
        "'event_time', e.event_time, 'data_source', e.data_source, 'telegram_sent', "
        "e.telegram_sent, "
        "'raw_data', e.raw_data) ORDER BY e.event_timestamp), '[]'))::text "
        "FROM call_events e WHERE e.call_uuid = $1::uuid",
        pg::Params::of(uuid)
    );
    co_return object_or_missing(rows, "call");
}

}  // namespace trunkline::ingest
