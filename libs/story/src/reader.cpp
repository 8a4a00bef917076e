#include "story/reader.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "base/ids.hpp"
#include "json/document.hpp"

namespace trunkline::story {
namespace {

constexpr std::size_t max_rows = 1'000;
constexpr int row_limit = static_cast<int>(max_rows) + 1;

/// A call, or (uuid empty) events without one.
struct Place {
    std::string enterprise;
    std::string uuid;
};
using Places = std::vector<Place>;

// Each enterprise is asked by its key: an index over all tenants' calls would serve nobody else.
constexpr auto chosen_enterprises =
    "FROM enterprises e WHERE ($2::text IS NULL OR e.number = $2 OR e.name2 = $2 OR e.name = $2) ";

constexpr auto by_call =
    "AND (EXISTS (SELECT 1 FROM calls c WHERE c.enterprise_number = e.number AND c.uuid = "
    "$1::uuid) OR EXISTS (SELECT 1 FROM live_calls l WHERE l.enterprise_number = e.number AND "
    "l.uuid = $1::uuid)) LIMIT 20";

constexpr auto by_event =
    "AND EXISTS (SELECT 1 FROM call_event_links k WHERE k.enterprise_number = e.number AND "
    "k.call_uuid = $1::uuid) LIMIT 20";

// Links are ordered by call: an event's own is looked for among its enterprise's of that moment's
// partition.
constexpr auto by_unique_id =
    "SELECT e.number, x.uuid FROM enterprises e CROSS JOIN LATERAL ("
    "SELECT (SELECT k.call_uuid::text FROM call_event_links k WHERE k.enterprise_number = e.number "
    "AND k.event_timestamp = v.event_timestamp AND k.event_id = v.event_id LIMIT 1) AS uuid "
    "FROM (SELECT * FROM call_events w WHERE w.enterprise_number = e.number AND w.unique_id = $1 "
    "ORDER BY w.event_timestamp DESC LIMIT 100) AS v "
    "UNION SELECT c.uuid::text FROM calls c WHERE c.enterprise_number = e.number AND c.unique_id = "
    "$1) AS x "
    "WHERE ($2::text IS NULL OR e.number = $2 OR e.name2 = $2 OR e.name = $2) "
    "ORDER BY x.uuid IS NULL, e.number LIMIT 20";

asio::awaitable<base::Result<Places>> search(
    pg::Pool& pool, std::string sql, std::string call, std::optional<std::string> enterprise
) {
    const auto rows = co_await pool.execute(std::move(sql), pg::Params::of(call, enterprise));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    Places places;
    for (const auto& row : *rows) {
        places.push_back(
            {std::string(row.text("number")), std::string(row.optional_text("uuid").value_or(""))}
        );
    }
    co_return places;
}

asio::awaitable<base::Result<Places>> places_of(
    pg::Pool& pool, std::string call, std::optional<std::string> enterprise
) {
    if (!base::is_uuid(call)) {
        co_return co_await search(pool, by_unique_id, call, enterprise);
    }
    const auto with = [](const char* condition) {
        return std::string("SELECT e.number, $1::uuid::text AS uuid ") + chosen_enterprises +
               condition;
    };
    auto places = co_await search(pool, with(by_call), call, enterprise);
    if (!places || !places->empty()) {
        co_return places;
    }
    co_return co_await search(pool, with(by_event), call, enterprise);
}

std::string named(const Place& place) {
    return place.uuid.empty() ? "events of " + place.enterprise + " without a call"
                              : place.uuid + " of " + place.enterprise;
}

base::Result<Place> the_one(Places places, const std::string& call) {
    // Stray events beside a call of the same enterprise are told with it.
    if (std::ranges::any_of(places, [](const Place& place) { return !place.uuid.empty(); })) {
        std::erase_if(places, [](const Place& place) { return place.uuid.empty(); });
    }
    if (places.empty()) {
        return base::fail(
            base::Errc::not_found, "no call and no event has the uuid or UniqueId \"" + call + "\""
        );
    }
    if (places.size() == 1) {
        return std::move(places.front());
    }
    std::string list;
    for (const auto& place : places) {
        list += (list.empty() ? "" : ", ") + named(place);
    }
    return base::fail(
        base::Errc::conflict,
        "\"" + call + "\" fits several: " + list + "; name the enterprise, or ask by uuid"
    );
}

tenants::Enterprise enterprise_of(const pg::Row& row, const pg::Rows& lines) {
    tenants::Enterprise enterprise;
    enterprise.number = row.text("number");
    enterprise.name = row.text("name");
    enterprise.token = row.text("name2");
    enterprise.bot_token = row.boolean("has_bot") ? "***" : "";
    enterprise.timezone = row.text("timezone");
    const json::Limits limits{.max_bytes = std::size_t{256} * 1024, .max_depth = 32};
    if (auto config = json::parse(row.text("integrations_config"), limits)) {
        enterprise.integrations = std::move(*config);
    }
    for (const auto& line : lines) {
        enterprise.lines.emplace(std::string(line.text("line_id")), tenants::Line{});
    }
    return enterprise;
}

std::optional<std::string> maybe(const pg::Row& row, const char* column) {
    return row.optional_text(column).transform([](auto text) { return std::string(text); });
}

void add_events(Records& out, const pg::Rows& rows) {
    for (const auto& row : rows) {
        EventRecord event;
        event.id = row.text("event_id");
        event.type = row.text("event_type");
        event.unique_id = row.text("unique_id");
        event.received = row.time("event_timestamp");
        event.event_time = row.optional_time("event_time");
        event.recovered = row.boolean("recovered");
        event.pbx = row.text("pbx");
        event.seq = row.optional_integer("seq");
        event.raw = row.text("raw");
        event.trace_id = row.text("trace_id");
        event.telegram_sent = row.boolean("telegram_sent");
        event.waits = row.boolean("waits");
        event.has_call = row.boolean("has_call");
        out.events.push_back(std::move(event));
    }
}

/// Behind those of the same moment, whose order stays as it was.
void merge_events(Records& out, const pg::Rows& rows) {
    auto known = std::exchange(out.events, {});
    add_events(out, rows);
    std::vector<EventRecord> merged;
    std::ranges::merge(
        known,
        out.events,
        std::back_inserter(merged),
        {},
        &EventRecord::received,
        &EventRecord::received
    );
    out.events = std::move(merged);
}

void add_cards(Records& out, const pg::Rows& rows) {
    for (const auto& row : rows) {
        CardRecord card;
        card.chat = row.integer("chat_id");
        card.message = row.optional_integer("message_id");
        card.wanted = row.text("wanted_text");
        card.up_to_date = row.boolean("up_to_date");
        card.attempts = row.integer("attempts");
        card.next_attempt = row.time("next_attempt_at");
        card.dead_reason = maybe(row, "dead_reason");
        card.last_error = maybe(row, "last_error");
        card.updated = row.time("updated_at");
        out.cards.push_back(std::move(card));
    }
}

void add_telegram(Records& out, const pg::Rows& rows) {
    for (const auto& row : rows) {
        TelegramRequest request;
        request.at = row.time("created_at");
        request.chat = row.integer("chat_id");
        request.method = row.text("method");
        request.message = row.optional_integer("message_id");
        request.text = row.text("text");
        request.status = row.optional_integer("status");
        request.answer = row.text("answer");
        request.attempt = row.integer("attempt");
        request.took_ms = row.integer("duration_ms");
        out.telegram.push_back(std::move(request));
    }
}

void add_crm(Records& out, const pg::Rows& rows) {
    for (const auto& row : rows) {
        CrmRecord record;
        record.at = row.time("created_at");
        record.crm = row.text("integration");
        record.event_type = row.text("event_type");
        record.request = row.text("request");
        record.response = row.text("response");
        record.status = row.text("status");
        record.http_status = row.optional_integer("http_status");
        record.attempt = row.integer("attempt");
        record.took_ms = row.integer("duration_ms");
        out.crm.push_back(std::move(record));
    }
}

void add_effects(Records& out, const pg::Rows& dispatches, const pg::Rows& effects) {
    for (const auto& row : dispatches) {
        out.dispatches.push_back({row.time("accepted_at"), std::string(row.text("dispatch_key"))});
    }
    for (const auto& row : effects) {
        out.effects.push_back(
            {row.time("updated_at"),
             std::string(row.text("crm")),
             std::string(row.text("effect_key")),
             row.boolean("done")}
        );
    }
}

void add_waiting(Records& out, const pg::Rows& rows) {
    for (const auto& row : rows) {
        Waiting waiting;
        waiting.queue = row.text("queue");
        waiting.target = row.text("target");
        waiting.kind = row.text("kind");
        waiting.attempts = row.integer("attempts");
        waiting.created = row.time("created_at");
        waiting.next_attempt = row.optional_time("next_attempt_at");
        waiting.last_error = maybe(row, "last_error");
        out.waiting.push_back(std::move(waiting));
    }
}

void add_dead(Records& out, const pg::Rows& rows) {
    for (const auto& row : rows) {
        DeadLetter letter;
        letter.id = row.integer("id");
        letter.queue = row.text("queue");
        letter.target = row.text("target");
        letter.kind = row.text("kind");
        letter.attempts = row.integer("attempts");
        letter.reason = row.text("reason");
        letter.died = row.time("died_at");
        letter.replayed = row.optional_time("replayed_at");
        out.dead.push_back(std::move(letter));
    }
}

void add_refusals(Records& out, const pg::Rows& rows) {
    for (const auto& row : rows) {
        out.refusals.push_back(
            {row.time("received_at"),
             std::string(row.text("event_type")),
             row.integer("status"),
             std::string(row.text("reason"))}
        );
    }
}

void add_call(Records& out, const pg::Rows& calls, const pg::Rows& live) {
    if (!calls.empty()) {
        const auto& row = calls.front();
        out.call_json = row.text("call");
        out.unique_id = row.text("unique_id");
        out.internal = row.integer("call_type") == 2;
        out.hidden_number = row.text("phone").empty();
    }
    if (!live.empty()) {
        if (auto state = call::live_call_from_json(live.front().text("state"))) {
            out.live = std::move(*state);
            out.unique_id = out.live->call.unique_id;
            out.internal = out.live->call.direction == call::Direction::internal;
            out.hidden_number = out.live->call.phone.empty();
        }
    }
}

// The call's events, and those with a UniqueId of theirs that have no call; whether one of these
// has another call is asked for each, since there are hardly any.
constexpr auto events_sql =
    "WITH linked AS MATERIALIZED (SELECT v.* FROM call_event_links k JOIN call_events v ON "
    "v.enterprise_number = k.enterprise_number AND v.event_timestamp = k.event_timestamp AND "
    "v.event_id = k.event_id WHERE k.enterprise_number = $1 AND k.call_uuid = nullif($2, "
    "'')::uuid), "
    "ids AS (SELECT DISTINCT unique_id FROM linked WHERE unique_id <> '' UNION SELECT $3 WHERE $2 "
    "= ''), "
    "span AS (SELECT min(event_timestamp) - interval '1 hour' AS first, max(event_timestamp) + "
    "interval '1 hour' AS last FROM linked), "
    "strays AS MATERIALIZED (SELECT v.* FROM ids JOIN call_events v ON v.enterprise_number = $1 "
    "AND v.unique_id = ids.unique_id CROSS JOIN span WHERE ($2 = '' OR v.event_timestamp BETWEEN "
    "span.first AND span.last) AND NOT EXISTS (SELECT 1 FROM linked l WHERE l.event_id = "
    "v.event_id)) "
    "SELECT v.event_id::text AS event_id, v.event_type, v.unique_id, v.event_timestamp, "
    "v.event_time, v.data_source = 'recovery' AS recovered, v.pbx, v.seq, v.raw_data::text AS raw, "
    "v.trace_id, v.telegram_sent, p.event_id IS NOT NULL AS waits, v.has_call FROM ("
    "SELECT *, true AS has_call FROM linked UNION ALL SELECT s.*, false FROM strays s WHERE "
    "(SELECT "
    "count(*) FROM call_event_links k WHERE k.enterprise_number = $1 AND k.event_timestamp = "
    "s.event_timestamp AND k.event_id = s.event_id) = 0) AS v "
    "LEFT JOIN waiting_events p ON p.enterprise_number = v.enterprise_number AND "
    "p.event_timestamp = v.event_timestamp AND p.event_id = v.event_id "
    "ORDER BY v.event_timestamp, v.event_id LIMIT $4";

std::vector<std::string> bridges_of(const Records& call) {
    std::set<std::string> bridges;
    for (const auto& event : call.events) {
        const auto body =
            json::parse(event.raw, {.max_bytes = std::size_t{1} << 20, .max_depth = 64});
        const auto bridge = body ? body->root().find("BridgeUniqueid") : std::nullopt;
        if (event.has_call && bridge && bridge->string()) {
            bridges.emplace(*bridge->string());
        }
    }
    return {bridges.begin(), bridges.end()};
}

/// A bridge's making has no UniqueId and changes no call, so correlation leaves it without one.
pg::Query bridge_events(const Records& call) {
    const auto begin = call.events.empty() ? call.now : call.events.front().received;
    const auto end = call.events.empty() ? call.now : call.events.back().received;
    return {
        "SELECT v.event_id::text AS event_id, v.event_type, v.unique_id, v.event_timestamp, "
        "v.event_time, v.data_source = 'recovery' AS recovered, v.pbx, v.seq, v.raw_data::text AS "
        "raw, v.trace_id, v.telegram_sent, false AS waits, true AS has_call FROM call_events v "
        "WHERE v.enterprise_number = $1 AND v.event_timestamp BETWEEN $3::timestamptz - interval "
        "'1 minute' AND $4::timestamptz + interval '1 minute' AND v.unique_id = '' AND "
        "v.raw_data->>'BridgeUniqueid' = ANY($5::text[]) AND NOT EXISTS (SELECT 1 FROM "
        "call_event_links k WHERE k.enterprise_number = $1 AND k.call_uuid = nullif($2, '')::uuid "
        "AND k.event_timestamp = v.event_timestamp AND k.event_id = v.event_id) "
        "ORDER BY v.event_timestamp LIMIT 1000",
        pg::Params::of(call.enterprise.number, call.uuid, begin, end, bridges_of(call))
    };
}

/// The first half: what tells by which keys the rest is found.
asio::awaitable<base::Result<Records>> read_call(pg::Pool& pool, Place place, std::string asked) {
    const auto call_key = pg::Params::of(place.enterprise, place.uuid);
    const auto enterprise_key = pg::Params::of(place.enterprise);
    std::vector<pg::Query> queries;
    queries.push_back(
        {"SELECT number, name, name2, bot_token <> '' AS has_bot, "
         "coalesce(substring(bot_token FROM '^(\\d{1,18}):'), '0')::bigint AS bot_id, timezone, "
         "integrations_config::text AS integrations_config, now() AS now FROM enterprises WHERE "
         "number = $1",
         enterprise_key}
    );
    queries.push_back({"SELECT line_id FROM lines WHERE enterprise_number = $1", enterprise_key});
    queries.push_back(
        {"SELECT u.tg_id, u.active, coalesce(u.inactive_reason, '') AS reason, concat_ws(', ', "
         "nullif(u.calls, 'all'), CASE WHEN NOT u.internal THEN 'no internal' END, 'extensions ' "
         "|| "
         "nullif(array_to_string(u.extensions, ' '), ''), 'lines ' || "
         "nullif(array_to_string(u.lines, ' '), ''), 'quiet ' || to_char(u.quiet_from, 'HH24:MI') "
         "|| '-' || to_char(u.quiet_to, 'HH24:MI')) AS wishes, i.call_uuid IS NOT NULL AS "
         "in_digest, i.told_at FROM telegram_users u JOIN enterprises e ON e.number = "
         "u.enterprise_number AND e.bot_token = u.bot_token LEFT JOIN telegram_digest_items i ON "
         "i.enterprise_number = u.enterprise_number AND i.chat_id = u.tg_id AND i.call_uuid = "
         "nullif($2, '')::uuid WHERE u.enterprise_number = $1 ORDER BY u.tg_id LIMIT 1000",
         call_key}
    );
    queries.push_back(
        {"SELECT to_jsonb(c)::text AS call, c.unique_id, c.call_type, c.phone FROM calls c WHERE "
         "c.enterprise_number = $1 AND c.uuid = nullif($2, '')::uuid",
         call_key}
    );
    queries.push_back(
        {"SELECT state::text AS state FROM live_calls WHERE enterprise_number = $1 AND uuid = "
         "nullif($2, '')::uuid",
         call_key}
    );
    queries.push_back({events_sql, pg::Params::of(place.enterprise, place.uuid, asked, row_limit)});
    const auto answers = co_await pool.pipeline(std::move(queries));
    if (!answers) {
        co_return std::unexpected(answers.error());
    }
    const auto& found = *answers;
    if (found[0].empty()) {
        co_return base::fail(base::Errc::not_found, "the enterprise has just been removed");
    }
    Records out;
    out.uuid = place.uuid;
    out.unique_id = base::is_uuid(asked) ? std::string() : asked;
    out.enterprise = enterprise_of(found[0].front(), found[1]);
    out.bot = found[0].front().integer("bot_id");
    out.now = found[0].front().time("now");
    for (const auto& row : found[2]) {
        out.subscribers.push_back(
            {row.integer("tg_id"),
             row.boolean("active"),
             std::string(row.text("reason")),
             std::string(row.text("wishes")),
             row.boolean("in_digest"),
             row.optional_time("told_at")}
        );
    }
    add_call(out, found[3], found[4]);
    add_events(out, found[5]);
    co_return out;
}

std::vector<pg::Query> delivery_queries(const Records& call) {
    std::set<std::string> ids;
    for (const auto& event : call.events) {
        if (!event.unique_id.empty()) {
            ids.insert(event.unique_id);
        }
    }
    if (!call.unique_id.empty()) {
        ids.insert(call.unique_id);
    }
    const std::vector<std::string> unique_ids(ids.begin(), ids.end());
    const auto key = pg::Params::of(call.enterprise.number, call.uuid, row_limit);
    const auto begin = call.events.empty() ? call.now : call.events.front().received;
    auto key_and_ids = key;
    key_and_ids << unique_ids;
    auto key_ids_and_time = key_and_ids;
    key_ids_and_time << begin;
    std::vector<pg::Query> queries;
    queries.push_back(
        {"SELECT chat_id, message_id, wanted_text, sent_version >= wanted_version AS up_to_date, "
         "attempts, next_attempt_at, dead_reason, last_error, updated_at FROM telegram_messages "
         "WHERE enterprise_number = $1 AND call_uuid = nullif($2, '')::uuid ORDER BY chat_id LIMIT "
         "$3",
         key}
    );
    queries.push_back(
        {"SELECT created_at, chat_id, method, message_id, text, status, answer, attempt, "
         "duration_ms FROM "
         "asterisk_logs WHERE enterprise_number = $1 AND call_uuid = nullif($2, '')::uuid ORDER BY "
         "id LIMIT $3",
         key}
    );
    queries.push_back(
        {"SELECT created_at, integration, event_type, request, response, status, http_status, "
         "attempt, duration_ms FROM integration_logs WHERE enterprise_number = $1 AND unique_id = "
         "ANY($4::text[]) AND call_uuid = nullif($2, '')::uuid ORDER BY id LIMIT $3",
         key_and_ids}
    );
    // Neither row names the call; before its first event they belong to another one.
    queries.push_back(
        {"SELECT accepted_at, dispatch_key FROM dispatched_events WHERE $2 <> '' AND "
         "enterprise_number = $1 AND unique_id = ANY($4::text[]) AND accepted_at >= $5 "
         "ORDER BY accepted_at LIMIT $3",
         key_ids_and_time}
    );
    queries.push_back(
        {"SELECT f.updated_at, f.crm, f.effect_key, f.state = 'done' AS done FROM crm_effects f "
         "WHERE $2 <> '' AND f.enterprise_number = $1 AND f.updated_at >= $5 AND EXISTS ("
         "SELECT 1 FROM unnest($4::text[]) AS u(id) WHERE starts_with(f.effect_key, u.id || ':') "
         "OR strpos(f.effect_key, '-' || u.id || ':') > 0) ORDER BY f.updated_at LIMIT $3",
         key_ids_and_time}
    );
    queries.push_back(
        // What stands behind another one of its order key is parked at infinity.
        {"SELECT queue, target, kind, attempts - waits AS attempts, created_at, "
         "nullif(next_attempt_at, 'infinity') AS next_attempt_at, last_error FROM outbox WHERE "
         "queue = ANY('{telegram,gateway,crm}') AND enterprise_number = $1 AND "
         "order_key = $2 AND $2 <> '' ORDER BY id LIMIT $3",
         key}
    );
    queries.push_back(
        {"SELECT id, queue, target, kind, attempts, reason, died_at, replayed_at FROM dead_letters "
         "WHERE enterprise_number = $1 AND order_key = $2 AND $2 <> '' ORDER BY id LIMIT $3",
         key}
    );
    // Which call a refused event speaks of stands only in its body, between quotes.
    queries.push_back(
        {"SELECT received_at, event_type, status, reason FROM rejected_events WHERE token = $1 AND "
         "$1 <> '' AND received_at >= $2::timestamptz - interval '1 hour' AND received_at <= "
         "$3::timestamptz + interval '1 hour' AND EXISTS (SELECT 1 FROM unnest($4::text[]) AS "
         "u(id) WHERE position(convert_to('\"' || u.id || '\"', 'UTF8') IN body) > 0) "
         "ORDER BY id LIMIT 100",
         pg::Params::of(
             call.enterprise.token,
             begin,
             call.events.empty() ? call.now : call.events.back().received,
             unique_ids
         )}
    );
    queries.push_back(bridge_events(call));
    return queries;
}

}  // namespace

asio::awaitable<base::Result<Records>> read_records(
    pg::Pool& pool, std::string call, std::optional<std::string> enterprise
) {
    auto places = co_await places_of(pool, call, enterprise);
    if (!places) {
        co_return std::unexpected(places.error());
    }
    auto place = the_one(std::move(*places), call);
    if (!place) {
        co_return std::unexpected(place.error());
    }
    auto records = co_await read_call(pool, std::move(*place), call);
    if (!records) {
        co_return records;
    }
    auto queries = delivery_queries(*records);
    const auto answers = co_await pool.pipeline(std::move(queries));
    if (!answers) {
        co_return std::unexpected(answers.error());
    }
    const auto& found = *answers;
    add_cards(*records, found[0]);
    add_telegram(*records, found[1]);
    add_crm(*records, found[2]);
    add_effects(*records, found[3], found[4]);
    add_waiting(*records, found[5]);
    add_dead(*records, found[6]);
    add_refusals(*records, found[7]);
    merge_events(*records, found[8]);
    records->truncated =
        records->events.size() > max_rows ||
        std::ranges::any_of(found, [](const pg::Rows& rows) { return rows.size() > max_rows; });
    co_return records;
}

}  // namespace trunkline::story
