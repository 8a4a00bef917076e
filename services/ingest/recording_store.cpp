#include "recording_store.hpp"

#include <utility>

#include "base/timezone.hpp"
#include "json/writer.hpp"

namespace trunkline::ingest {
namespace {

constexpr auto find_sql =
    "SELECT c.enterprise_number, c.uuid::text AS uuid, c.unique_id, c.pbx, "
    "coalesce(n.unique_ids, '{}') AS unique_ids, "
    "coalesce(a.plain_link, false) AS plain_link, "
    "coalesce(a.revoked_at, n.revoked_at) IS NOT NULL AS revoked, "
    "coalesce(n.location, a.location, '') AS location, "
    "coalesce(e.recordings_url, '') AS url_template, "
    "coalesce(e.timezone, '') AS timezone, c.date_received, c.date_end, "
    "EXISTS (SELECT 1 FROM calls o WHERE o.enterprise_number = c.enterprise_number AND "
    "o.unique_id = c.unique_id AND o.pbx <> c.pbx) AS is_ambiguous "
    "FROM calls c "
    "LEFT JOIN recordings a ON a.enterprise_number = c.enterprise_number AND a.call_uuid = "
    "$1::uuid "
    "LEFT JOIN recordings n ON n.enterprise_number = c.enterprise_number AND n.call_uuid = c.uuid "
    "LEFT JOIN enterprises e ON e.number = c.enterprise_number "
    "WHERE c.uuid = coalesce((SELECT m.merged_into FROM recordings m WHERE m.call_uuid = $1::uuid "
    "AND m.merged_into IS NOT NULL LIMIT 1), $1::uuid) LIMIT 1";

// $3, the exchange, is of no use here, but both statements are given the same.
constexpr auto resolve_uuid_sql =
    "SELECT coalesce(r.merged_into, u.uuid)::text FROM (SELECT $2::uuid AS uuid) u "
    "LEFT JOIN recordings r ON r.enterprise_number = $1 AND r.call_uuid = u.uuid "
    "WHERE $3::text IS NOT NULL AND (r.merged_into IS NOT NULL "
    "OR EXISTS (SELECT 1 FROM calls c WHERE c.enterprise_number = $1 AND c.uuid = u.uuid) "
    "OR EXISTS (SELECT 1 FROM live_calls l WHERE l.enterprise_number = $1 AND l.uuid = u.uuid))";

// Live calls know all of their channels, so do those that were linked; the row of any other knows
// one. Each source is asked only if those before it gave nothing.
constexpr auto resolve_channel_sql =
    "(SELECT l.uuid::text FROM live_calls l WHERE l.enterprise_number = $1 "
    "AND l.state->'call'->'unique_ids' ? $2 AND ($3 = '' OR l.state->'call'->>'pbx' = $3) "
    "ORDER BY l.updated_at DESC LIMIT 1) UNION ALL "
    "(SELECT c.uuid::text FROM calls c WHERE c.enterprise_number = $1 AND c.unique_id = $2 "
    "AND ($3 = '' OR c.pbx = $3) ORDER BY c.date_received DESC LIMIT 1) UNION ALL "
    "(SELECT c.uuid::text FROM recordings r JOIN calls c ON c.enterprise_number = $1 AND c.uuid = "
    "coalesce(r.merged_into, r.call_uuid) WHERE r.enterprise_number = $1 "
    "AND r.unique_ids @> ARRAY[$2] AND ($3 = '' OR c.pbx = $3) "
    "ORDER BY c.date_received DESC LIMIT 1) LIMIT 1";

base::Result<> done_or_error(const base::Result<pg::Rows>& rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return {};
}

/// The local dates of begin and end: exchanges put recordings into folders by either.
std::vector<std::string> dates_of(const pg::Row& row, const std::string& default_timezone) {
    const auto own = row.text("timezone");
    const auto zone = base::is_known_timezone(own) ? own : std::string_view(default_timezone);
    std::vector<std::string> dates;
    for (const auto* column : {"date_received", "date_end"}) {
        const auto local = base::format_local_time(row.time(column), zone);
        if (local && (dates.empty() || dates.back() != local->substr(0, 10))) {
            dates.push_back(local->substr(0, 10));
        }
    }
    return dates;
}

RecordedCall read_call(const pg::Row& row, const std::string& default_timezone) {
    RecordedCall call;
    call.facts.enterprise_number = row.text("enterprise_number");
    call.facts.uuid = row.text("uuid");
    call.facts.unique_id = row.text("unique_id");
    call.facts.unique_ids = row.text_array("unique_ids");
    call.facts.pbx = row.text("pbx");
    call.facts.is_ambiguous = row.boolean("is_ambiguous");
    call.facts.dates = dates_of(row, default_timezone);
    call.location = row.text("location");
    call.url_template = row.text("url_template");
    call.plain_link = row.boolean("plain_link");
    call.revoked = row.boolean("revoked");
    return call;
}

call::Direction direction_of(std::int64_t call_type) {
    switch (call_type) {
        case 1:
            return call::Direction::out;
        case 2:
            return call::Direction::internal;
        default:
            return call::Direction::in;
    }
}

/// What the row keeps of a call; enough for an `update`.
call::Call call_of(const pg::Row& row) {
    call::Call call;
    call.uuid = row.text("uuid");
    call.unique_id = row.text("unique_id");
    call.unique_ids = row.text_array("unique_ids");
    call.pbx = row.text("pbx");
    call.direction = direction_of(row.integer("call_type"));
    call.phone = row.text("phone");
    call.line = row.text("line");
    call.rang = row.text_array("extensions");
    call.talkers = row.text_array("talkers");
    call.talker = call.talkers.empty() ? "" : call.talkers.back();
    if (call.direction == call::Direction::internal) {
        call.caller = call.phone;
        call.callee = row.text("extension");
    }
    call.phase = call::Phase::done;
    call.started_at = row.time("date_received");
    call.answered_at = row.optional_time("date_answered");
    call.ended_at = row.time("date_end");
    call.talk_s = row.integer("duration");
    call.wait_s = row.integer("wait");
    call.answered = row.integer("call_status") == 2;
    call.record_url = row.text("record_url");
    call.corrected = row.boolean("corrected");
    // The tracker has let go of it, and with it of its count of changes. A time is greater than any
    // such count, and nothing can come after.
    call.revision = static_cast<std::uint64_t>(row.integer("revision"));
    return call;
}

}  // namespace

asio::awaitable<base::Result<RecordedCall>> RecordingStore::find(std::string uuid) {
    const auto rows = co_await pool_.execute(find_sql, pg::Params::of(uuid));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "there is no finished call " + uuid);
    }
    co_return read_call(rows->front(), default_timezone_);
}

asio::awaitable<base::Result<>> RecordingStore::note_found(
    RecordedCall call, std::string location
) {
    const auto rows = co_await pool_.execute(
        "INSERT INTO recordings (enterprise_number, call_uuid, unique_ids, location, found_at) "
        "VALUES ($1, $2::uuid, $3::text[], $4, now()) ON CONFLICT (enterprise_number, call_uuid) "
        "DO UPDATE SET location = coalesce(recordings.location, excluded.location), "
        "found_at = coalesce(recordings.found_at, excluded.found_at)",
        pg::Params::of(
            call.facts.enterprise_number,
            call.facts.uuid,
            std::vector<std::string>{call.facts.unique_id},
            location
        )
    );
    co_return done_or_error(rows);
}

asio::awaitable<base::Result<std::string>> RecordingStore::resolve(
    pg::Session& session, RecordingNote note
) {
    const bool by_channel = note.uuid.empty();
    const auto rows = co_await session.execute(
        by_channel ? resolve_channel_sql : resolve_uuid_sql,
        pg::Params::of(note.enterprise_number, by_channel ? note.unique_id : note.uuid, note.pbx)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        const auto what = by_channel ? "UniqueId \"" + note.unique_id + "\"" : "uuid " + note.uuid;
        co_return base::fail(
            base::Errc::not_found,
            "enterprise " + note.enterprise_number + " has no call with " + what + " (yet)"
        );
    }
    co_return std::string(rows->front().text(0));
}

asio::awaitable<base::Result<std::optional<call::Call>>> RecordingStore::finished(
    pg::Session& session, std::string enterprise, std::string uuid
) {
    const auto rows = co_await session.execute(
        "SELECT c.uuid::text AS uuid, c.unique_id, c.pbx, c.call_type, c.call_status, c.phone, "
        "c.line, c.extension, c.extensions, c.talkers, c.date_received, c.date_answered, "
        "c.date_end, c.duration, c.wait, coalesce(c.record_url, '') AS record_url, c.corrected, "
        "extract(epoch FROM now())::bigint AS revision, "
        "coalesce(nullif(r.unique_ids, '{}'), ARRAY[c.unique_id]) AS unique_ids "
        "FROM calls c LEFT JOIN recordings r ON r.enterprise_number = $1 AND r.call_uuid = c.uuid "
        "WHERE c.enterprise_number = $1 AND c.uuid = $2::uuid",
        pg::Params::of(enterprise, uuid)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return std::optional<call::Call>();
    }
    co_return std::optional<call::Call>(call_of(rows->front()));
}

asio::awaitable<base::Result<std::optional<std::string>>> RecordingStore::live_state(
    pg::Session& session, std::string enterprise, std::string uuid
) {
    const auto rows = co_await session.execute(
        "SELECT state::text FROM live_calls WHERE enterprise_number = $1 AND uuid = $2::uuid",
        pg::Params::of(enterprise, uuid)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return std::optional<std::string>();
    }
    co_return std::optional<std::string>(rows->front().text(0));
}

asio::awaitable<base::Result<>> RecordingStore::keep_location(
    pg::Session& session, RecordingNote note, std::string uuid
) {
    const auto rows = co_await session.execute(
        "INSERT INTO recordings (enterprise_number, call_uuid, unique_ids, location) "
        "VALUES ($1, $2::uuid, $3::text[], $4) ON CONFLICT (enterprise_number, call_uuid) "
        "DO UPDATE SET location = excluded.location",
        pg::Params::of(
            note.enterprise_number,
            uuid,
            note.unique_id.empty() ? std::vector<std::string>{}
                                   : std::vector<std::string>{note.unique_id},
            note.location
        )
    );
    co_return done_or_error(rows);
}

pg::Query RecordingStore::links_query(const std::vector<Link>& links) {
    json::Writer writer;
    writer.begin_array();
    for (const auto& link : links) {
        writer.begin_object()
            .member("enterprise_number", link.enterprise_number)
            .member("uuid", link.uuid)
            .member("unique_ids", link.unique_ids)
            .member("plain", link.plain)
            .end_object();
    }
    writer.end_array();
    return {
        "INSERT INTO recordings AS r (enterprise_number, call_uuid, unique_ids, plain_link, "
        "told_at) SELECT l.enterprise_number, l.uuid, "
        "ARRAY(SELECT jsonb_array_elements_text(l.unique_ids)), l.plain, now() "
        "FROM jsonb_to_recordset($1::jsonb) AS l(enterprise_number text, uuid uuid, unique_ids "
        "jsonb, plain boolean) "
        "ON CONFLICT (enterprise_number, call_uuid) DO UPDATE SET unique_ids = "
        "excluded.unique_ids, plain_link = r.plain_link OR excluded.plain_link, "
        "told_at = coalesce(r.told_at, excluded.told_at)",
        pg::Params::of(pg::Json{writer.take()})
    };
}

pg::Query RecordingStore::merge_query(
    const std::string& enterprise, const std::string& uuid, const std::string& into
) {
    return {
        "UPDATE recordings SET merged_into = $3::uuid WHERE enterprise_number = $1 AND (call_uuid "
        "= $2::uuid OR merged_into = $2::uuid)",
        pg::Params::of(enterprise, uuid, into)
    };
}

}  // namespace trunkline::ingest
