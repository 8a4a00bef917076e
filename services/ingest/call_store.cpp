#include "call_store.hpp"

#include <utility>

#include "json/writer.hpp"

namespace trunkline::ingest {
namespace {

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
        "FROM (SELECT enterprise_number, uuid FROM calls WHERE uuid = $1::uuid UNION "
        "SELECT enterprise_number, uuid FROM live_calls WHERE uuid = $1::uuid) c "
        "JOIN call_event_links l ON l.enterprise_number = c.enterprise_number AND "
        "l.call_uuid = c.uuid "
        "JOIN call_events e ON e.enterprise_number = l.enterprise_number AND e.event_timestamp = "
        "l.event_timestamp AND e.event_id = l.event_id",
        pg::Params::of(uuid)
    );
    co_return object_or_missing(rows, "call");
}

}  // namespace trunkline::ingest
