#include "rejected_store.hpp"

#include <algorithm>
#include <utility>

#include "base/redact.hpp"
#include "base/text.hpp"
#include "crypto/encoding.hpp"
#include "json/writer.hpp"

namespace trunkline::ingest {
namespace {

constexpr std::size_t max_reason = 1'000;
constexpr std::size_t max_header = 300;

/// Valid UTF-8 without NUL, which PostgreSQL's text needs.
std::string storable(std::string text, std::size_t limit) {
    text.resize(std::min(text.size(), limit));
    std::erase(text, '\0');
    return base::replace_invalid_utf8(text);
}

// The names of the headers that a replay needs, and where they stand in a RawEvent.
struct Header {
    const char* name;
    std::string RawEvent::* member;
};
constexpr Header kept_headers[] = {
    {"Content-Type", &RawEvent::content_type},
    {"Token", &RawEvent::token_header},
    {"X-Event-Time", &RawEvent::event_time},
    {"X-PBX-Id", &RawEvent::pbx},
    {"X-Event-Seq", &RawEvent::seq},
};

std::string headers_of(const RawEvent& raw) {
    json::Writer writer;
    writer.begin_object();
    for (const auto& [name, member] : kept_headers) {
        if (!(raw.*member).empty()) {
            writer.member(name, storable(raw.*member, max_header));
        }
    }
    writer.end_object();
    return writer.take();
}

constexpr auto insert_sql =
    "INSERT INTO rejected_events (received_at, source, event_type, enterprise_number, token, "
    "status, reason, body, headers, suppressed) "
    "SELECT r.received, r.source, r.type, r.enterprise, r.token, r.status::integer, r.reason, "
    "decode(r.body, 'hex'), r.headers::jsonb, r.suppressed::integer "
    "FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], "
    "$7::text[], $8::text[], $9::text[], $10::bigint[]) WITH ORDINALITY "
    "AS r(received, source, type, enterprise, token, status, reason, body, headers, suppressed, "
    "position) ORDER BY r.position";

constexpr auto filter_sql =
    " FROM rejected_events WHERE ($1::text IS NULL OR enterprise_number = $1 OR "
    "(enterprise_number = '' AND token = $2)) AND ($3::text IS NULL OR token = $3) "
    "AND ($4::integer IS NULL OR status = $4) AND ($5::timestamptz IS NULL OR received_at >= $5) "
    "AND ($6::timestamptz IS NULL OR received_at < $6) ";

pg::Params params_of(const RejectedStore::Filter& filter) {
    return pg::Params::of(
        filter.enterprise,
        filter.enterprise_token,
        filter.token,
        filter.status,
        filter.from,
        filter.to,
        filter.cursor,
        filter.limit + 1
    );
}

constexpr std::string_view columns =
    "id, received_at, source, event_type, enterprise_number, token, status, reason, "
    "headers::text AS headers, suppressed, replayed_at, event_id::text AS event_id, "
    "octet_length(body) AS body_bytes, ";

std::optional<std::string> iso(std::optional<base::WallTime> time) {
    return time.transform(base::format_iso8601);
}

void write_item(json::Writer& writer, const pg::Row& row) {
    const auto body = row.bytes("body");
    const auto enterprise = row.text("enterprise_number");
    writer.begin_object()
        .member("id", std::to_string(row.integer("id")))
        .member("received_at", base::format_iso8601(row.time("received_at")))
        .member("source", row.text("source"))
        .member("event_type", row.text("event_type"))
        .member(
            "enterprise_number",
            enterprise.empty() ? std::nullopt : std::optional<std::string>(enterprise)
        )
        .member("token", row.text("token"))
        .member("status", row.integer("status"))
        .member("reason", base::redact(std::string(row.text("reason"))))
        .key("headers")
        .raw(row.text("headers"))
        .member("body", base::redact(base::replace_invalid_utf8(body)))
        .member("body_bytes", row.integer("body_bytes"))
        .member("body_cut", static_cast<std::int64_t>(body.size()) < row.integer("body_bytes"))
        .member("suppressed", row.integer("suppressed"))
        .member("replayed_at", iso(row.optional_time("replayed_at")))
        .member("event_id", row.optional_text("event_id"))
        .end_object();
}

std::unexpected<base::Error> no_such(std::int64_t id) {
    return base::fail(base::Errc::not_found, "there is no rejected event " + std::to_string(id));
}

void read_header(json::View headers, const Header& header, RawEvent& raw) {
    if (const auto value = headers.find(header.name)) {
        raw.*header.member = value->string().value_or("");
    }
}

}  // namespace

asio::awaitable<base::Result<>> RejectedStore::write(std::span<const Rejected> rejected) {
    std::vector<std::string> received, sources, types, enterprises, tokens, reasons, bodies,
        headers;
    std::vector<std::int64_t> statuses, suppressed;
    for (const auto& each : rejected) {
        received.push_back(base::format_iso8601(each.received_at));
        sources.push_back(each.source);
        types.emplace_back(call::to_string(each.raw.type));
        enterprises.push_back(each.enterprise_number);
        tokens.push_back(storable(each.token, max_header));
        statuses.push_back(each.status);
        reasons.push_back(storable(each.reason, max_reason));
        bodies.push_back(crypto::to_hex(each.raw.body));
        headers.push_back(headers_of(each.raw));
        suppressed.push_back(static_cast<std::int64_t>(each.suppressed));
    }
    pg::Params params;
    params << received << sources << types << enterprises << tokens << statuses << reasons << bodies
           << headers << suppressed;
    const auto done = co_await pool_.execute(insert_sql, std::move(params));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<std::string>> RejectedStore::list(Filter filter) {
    const auto rows = co_await pool_.execute(
        "SELECT " + std::string(columns) + "substring(body FROM 1 FOR 1000) AS body" + filter_sql +
            "AND ($7::bigint IS NULL OR id < $7) ORDER BY id DESC LIMIT $8",
        params_of(filter)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto shown = std::min(rows->size(), static_cast<std::size_t>(filter.limit));
    json::Writer writer;
    writer.begin_object().key("items").begin_array();
    for (std::size_t i = 0; i < shown; ++i) {
        write_item(writer, (*rows)[i]);
    }
    writer.end_array();
    if (rows->size() > shown) {
        writer.member("next", std::to_string((*rows)[shown - 1].integer("id")));
    } else {
        writer.member("next", nullptr);
    }
    writer.end_object();
    co_return writer.take();
}

asio::awaitable<base::Result<std::string>> RejectedStore::get(std::int64_t id) {
    const auto rows = co_await pool_.execute(
        "SELECT " + std::string(columns) + "body FROM rejected_events WHERE id = $1",
        pg::Params::of(id)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return no_such(id);
    }
    json::Writer writer;
    write_item(writer, rows->front());
    co_return writer.take();
}

asio::awaitable<base::Result<Rejected>> RejectedStore::load(std::int64_t id) {
    const auto rows = co_await pool_.execute(
        "SELECT " + std::string(columns) + "body FROM rejected_events WHERE id = $1",
        pg::Params::of(id)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return no_such(id);
    }
    const auto row = rows->front();
    const auto type = call::parse_event_type(row.text("event_type"));
    const auto headers = json::parse(row.text("headers"));
    if (!type || !headers) {
        co_return base::fail(
            base::Errc::invalid_input,
            "rejected event " + std::to_string(id) + " has no readable type or headers"
        );
    }
    Rejected out;
    out.id = id;
    out.received_at = row.time("received_at");
    out.source = row.text("source");
    out.enterprise_number = row.text("enterprise_number");
    out.token = row.text("token");
    out.status = static_cast<unsigned>(row.integer("status"));
    out.reason = row.text("reason");
    out.raw.type = *type;
    out.raw.body = row.bytes("body");
    for (const auto& header : kept_headers) {
        read_header(headers->root(), header, out.raw);
    }
    out.event_id = row.optional_text("event_id").value_or("");
    co_return out;
}

asio::awaitable<base::Result<std::vector<std::int64_t>>> RejectedStore::waiting(Filter filter) {
    const auto rows = co_await pool_.execute(
        std::string("SELECT id") + filter_sql +
            "AND ($7::bigint IS NULL OR id > $7) AND replayed_at IS NULL ORDER BY id LIMIT $8",
        params_of(filter)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<std::int64_t> ids;
    for (const auto& row : *rows) {
        ids.push_back(row.integer(0));
    }
    co_return ids;
}

asio::awaitable<base::Result<>> RejectedStore::mark_replayed(
    std::int64_t id, std::string event_id
) {
    const auto done = co_await pool_.execute(
        "UPDATE rejected_events SET replayed_at = now(), event_id = $2::uuid WHERE id = $1",
        pg::Params::of(id, event_id)
    );
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::ingest
