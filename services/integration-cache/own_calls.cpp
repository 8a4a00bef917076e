#include "own_calls.hpp"

#include <algorithm>
#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "call/number.hpp"

namespace trunkline::integration_cache {
namespace {

using Answer = contract::ConnectorAnswer;

// Who the number belongs to now is kept with the call; a correction does not ask again.
constexpr auto record_sql =
    "WITH who AS (SELECT c.id AS contact_id, c.company_id FROM own_contact_numbers n JOIN "
    "own_contacts c ON c.enterprise_number = n.enterprise_number AND c.id = n.contact_id WHERE "
    "n.enterprise_number = $1 AND n.phone = $6::text AND $6::text <> '') "
    "INSERT INTO own_calls AS o (enterprise_number, call_uuid, unique_id, pbx, direction, phone, "
    "line, extension, rang, talkers, answered, started_at, answered_at, ended_at, talk_s, wait_s, "
    "record_url, corrected, revision, contact_id, company_id) VALUES ($1, $2::uuid, $3, $4, $5, "
    "$6, $7, $8, $9::text[], $10::text[], $11, $12, $13, $14, $15, $16, $17, $18, $19, (SELECT "
    "contact_id FROM who), (SELECT company_id FROM who)) "
    "ON CONFLICT (enterprise_number, call_uuid) DO UPDATE SET unique_id = excluded.unique_id, "
    "direction = excluded.direction, phone = excluded.phone, line = excluded.line, extension = "
    "excluded.extension, rang = excluded.rang, talkers = excluded.talkers, answered = "
    "excluded.answered, started_at = excluded.started_at, answered_at = excluded.answered_at, "
    "ended_at = excluded.ended_at, talk_s = excluded.talk_s, wait_s = excluded.wait_s, record_url "
    "= excluded.record_url, corrected = excluded.corrected, revision = excluded.revision, "
    "contact_id = CASE WHEN o.phone = excluded.phone THEN coalesce(o.contact_id, "
    "excluded.contact_id) ELSE excluded.contact_id END, company_id = CASE WHEN o.phone = "
    "excluded.phone THEN coalesce(o.company_id, excluded.company_id) ELSE excluded.company_id END, "
    "updated_at = now() WHERE o.revision < excluded.revision "
    "RETURNING xmax = 0 AS is_new";

constexpr auto list_sql =
    "SELECT o.call_uuid::text AS uuid, o.direction, o.phone, o.line, o.extension, o.rang, "
    "o.talkers, o.answered, o.started_at, o.answered_at, o.ended_at, o.talk_s, o.wait_s, "
    "o.record_url, o.corrected, c.id AS contact_id, c.name AS contact, m.id AS company_id, m.name "
    "AS company FROM own_calls o "
    "LEFT JOIN own_contact_numbers n ON n.enterprise_number = o.enterprise_number AND n.phone = "
    "o.phone "
    "LEFT JOIN own_contacts c ON c.enterprise_number = o.enterprise_number AND c.id = "
    "coalesce(o.contact_id, n.contact_id) "
    "LEFT JOIN own_companies m ON m.enterprise_number = o.enterprise_number AND m.id = "
    "coalesce(o.company_id, c.company_id) "
    "WHERE o.enterprise_number = $1 "
    "AND ($2::text IS NULL OR o.contact_id = $2 OR (o.contact_id IS NULL AND o.phone IN (SELECT "
    "phone FROM own_contact_numbers WHERE enterprise_number = $1 AND contact_id = $2))) "
    "AND ($3::text IS NULL OR coalesce(o.company_id, c.company_id) = $3) "
    "AND ($4::text IS NULL OR o.phone = $4) "
    "AND ($5::timestamptz IS NULL OR o.started_at >= $5) "
    "AND ($6::timestamptz IS NULL OR o.started_at < $6) "
    "AND ($7::timestamptz IS NULL OR (o.started_at, o.call_uuid) < ($7, $8::uuid)) "
    "ORDER BY o.started_at DESC, o.call_uuid DESC LIMIT $9";

std::string extension_of(const call::Call& call) {
    if (!call.talkers.empty()) {
        return call.talkers.back();
    }
    return call.rang.empty() ? std::string() : call.rang.front();
}

Answer answer_of(Answer::Result result, std::string detail) {
    return {.result = result, .detail = std::move(detail), .mend = "", .retry_after = std::nullopt};
}

void write_call(json::Writer& writer, const pg::Row& row) {
    const std::string record_url(row.text("record_url"));
    writer.begin_object()
        .member("uuid", row.text("uuid"))
        .member("direction", row.text("direction"))
        .member("phone", row.text("phone"))
        .member("line", row.text("line"))
        .member("extension", row.text("extension"))
        .member("rang", row.text_array("rang"))
        .member("talkers", row.text_array("talkers"))
        .member("answered", row.boolean("answered"))
        .member("started_at", base::format_iso8601(row.time("started_at")))
        .member("answered_at", row.optional_time("answered_at").transform(base::format_iso8601))
        .member("ended_at", base::format_iso8601(row.time("ended_at")))
        .member("talk_s", row.integer("talk_s"))
        .member("wait_s", row.integer("wait_s"))
        .member("record_url", record_url.empty() ? std::nullopt : std::optional(record_url))
        .member("corrected", row.boolean("corrected"))
        .member("contact_id", row.optional_text("contact_id"))
        .member("contact", row.optional_text("contact"))
        .member("company_id", row.optional_text("company_id"))
        .member("company", row.optional_text("company"))
        .end_object();
}

}  // namespace

asio::awaitable<Answer> OwnCalls::record(const contract::ConnectorEvent& event) {
    const auto& call = event.call;
    if (call.phase != call::Phase::done && !call.ended_at) {
        co_return answer_of(Answer::Result::ignored, "the call is not over");
    }
    auto params = pg::Params::of(
        event.enterprise_number,
        call.uuid,
        call.unique_id,
        call.pbx,
        call::to_string(call.direction),
        call::match_key(call.phone),
        call.line,
        extension_of(call),
        call.rang,
        call.talkers,
        call.answered,
        call.started_at
    );
    params << call.answered_at << call.ended_at.value_or(call.started_at) << call.talk_s
           << call.wait_s << call.record_url << call.corrected
           << static_cast<std::int64_t>(call.revision);
    const auto rows = co_await pool_.execute(record_sql, std::move(params));
    if (!rows) {
        // What the database refuses it will refuse again.
        const bool is_hopeless = rows.error().code == base::Errc::invalid_input;
        co_return answer_of(
            is_hopeless ? Answer::Result::permanent : Answer::Result::retry,
            base::describe(rows.error())
        );
    }
    if (rows->empty()) {
        co_return answer_of(Answer::Result::duplicate, "the call is recorded");
    }
    co_return answer_of(Answer::Result::done, rows->front().boolean(0) ? "recorded" : "corrected");
}

asio::awaitable<base::Result<std::string>> OwnCalls::list(std::string enterprise, Filter filter) {
    std::optional<std::string> after_time;
    std::optional<std::string> after_uuid;
    if (filter.page.cursor) {
        const auto parts = base::split(*filter.page.cursor, '_');
        if (parts.size() != 2 || !base::parse_iso8601(parts[0]) || !base::is_uuid(parts[1])) {
            co_return base::fail(base::Errc::invalid_input, "cursor: is none that this list gave");
        }
        after_time = parts[0];
        after_uuid = parts[1];
    }
    const auto rows = co_await pool_.execute(
        list_sql,
        pg::Params::of(
            enterprise,
            filter.contact_id,
            filter.company_id,
            filter.phone,
            filter.from,
            filter.to,
            after_time,
            after_uuid,
            filter.page.limit + 1
        )
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto shown = std::min(rows->size(), static_cast<std::size_t>(filter.page.limit));
    std::optional<std::string> next;
    json::Writer writer;
    writer.begin_object().key("items").begin_array();
    for (std::size_t i = 0; i < shown; ++i) {
        write_call(writer, (*rows)[i]);
        if (i + 1 == shown && rows->size() > shown) {
            next = base::format_iso8601((*rows)[i].time("started_at")) + "_" +
                   std::string((*rows)[i].text("uuid"));
        }
    }
    co_return writer.end_array().member("next", next).end_object().take();
}

}  // namespace trunkline::integration_cache
