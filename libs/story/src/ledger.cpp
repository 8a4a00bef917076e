#include "story/ledger.hpp"

#include <utility>

#include "crypto/encoding.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"

namespace trunkline::story {
namespace {

constexpr auto rows_sql =
    "SELECT enterprise_number, pbx, hour, sum(received)::bigint AS received, "
    "sum(recovered)::bigint AS recovered, sum(repeated)::bigint AS repeated, "
    "sum(refused)::bigint AS refused, sum(missing)::bigint AS missing, "
    "sum(late)::bigint AS late, sum(restarts)::bigint AS restarts, "
    "sum(no_end)::bigint AS calls_without_end, sum(no_beginning)::bigint AS "
    "calls_without_beginning FROM ("
    "SELECT enterprise_number, pbx, hour, received, recovered, repeated, refused, missing, late, "
    "restarts, 0 AS no_end, 0 AS no_beginning FROM event_ledger "
    "WHERE hour >= $3 AND hour < $4 AND ($1::text IS NULL OR enterprise_number = $1) "
    "AND ($2::text IS NULL OR pbx = $2) "
    "UNION ALL "
    "SELECT enterprise_number, pbx, date_trunc('hour', noticed_at, 'UTC'), 0, 0, 0, 0, 0, 0, 0, "
    "without_end::int, without_beginning::int FROM incomplete_calls "
    "WHERE noticed_at >= $3 AND noticed_at < $4 AND ($1::text IS NULL OR enterprise_number = $1) "
    "AND ($2::text IS NULL OR pbx = $2)) AS books "
    "WHERE $5::timestamptz IS NULL OR hour < $5 OR (hour = $5 AND (enterprise_number, pbx) > "
    "($6::text, $7::text)) "
    "GROUP BY enterprise_number, pbx, hour ORDER BY hour DESC, enterprise_number, pbx LIMIT $8";

constexpr auto gaps_sql =
    "SELECT enterprise_number, pbx, first_seq, last_seq, noticed_at FROM event_gaps "
    "WHERE ($1::text IS NULL OR enterprise_number = $1) AND ($2::text IS NULL OR pbx = $2) "
    "ORDER BY noticed_at DESC, enterprise_number, pbx, first_seq LIMIT 1000";

struct Position {
    std::optional<std::string> hour, enterprise, pbx;
};

std::string cursor_of(const LedgerRow& row) {
    json::Writer writer;
    writer.begin_array()
        .value(base::format_iso8601(row.hour))
        .value(row.enterprise)
        .value(row.pbx)
        .end_array();
    return crypto::base64url_encode(writer.take());
}

base::Result<Position> position_of(const std::optional<std::string>& cursor) {
    if (!cursor) {
        return Position{};
    }
    const auto text = crypto::base64url_decode(*cursor);
    const auto document = text ? json::parse(*text) : base::Result<json::Document>();
    Position position;
    if (document && document->root().size() == 3) {
        std::vector<std::string> parts;
        for (const auto part : document->root().elements()) {
            parts.emplace_back(part.string().value_or(""));
        }
        if (parts.size() == 3 && base::parse_iso8601(parts[0])) {
            return Position{parts[0], parts[1], parts[2]};
        }
    }
    return base::fail(base::Errc::invalid_input, "cursor: is none that this list gave");
}

LedgerRow row_of(const pg::Row& row) {
    LedgerRow out;
    out.enterprise = row.text("enterprise_number");
    out.pbx = row.text("pbx");
    out.hour = row.time("hour");
    out.received = row.integer("received");
    out.recovered = row.integer("recovered");
    out.repeated = row.integer("repeated");
    out.refused = row.integer("refused");
    out.missing = row.integer("missing");
    out.late = row.integer("late");
    out.restarts = row.integer("restarts");
    out.calls_without_end = row.integer("calls_without_end");
    out.calls_without_beginning = row.integer("calls_without_beginning");
    return out;
}

OpenGap gap_of(const pg::Row& row) {
    OpenGap gap;
    gap.enterprise = row.text("enterprise_number");
    gap.pbx = row.text("pbx");
    gap.first = row.integer("first_seq");
    gap.last = row.integer("last_seq");
    gap.noticed = row.time("noticed_at");
    return gap;
}

}  // namespace

asio::awaitable<base::Result<LedgerPage>> read_ledger(pg::Pool& pool, LedgerFilter filter) {
    const auto position = position_of(filter.cursor);
    if (!position) {
        co_return std::unexpected(position.error());
    }
    std::vector<pg::Query> queries;
    queries.push_back(
        {rows_sql,
         pg::Params::of(
             filter.enterprise,
             filter.pbx,
             filter.from,
             filter.to,
             position->hour,
             position->enterprise,
             position->pbx,
             filter.limit + 1
         )}
    );
    queries.push_back({gaps_sql, pg::Params::of(filter.enterprise, filter.pbx)});
    const auto answers = co_await pool.pipeline(std::move(queries));
    if (!answers) {
        co_return std::unexpected(answers.error());
    }
    LedgerPage page;
    for (const auto& row : (*answers)[0]) {
        page.rows.push_back(row_of(row));
    }
    for (const auto& row : (*answers)[1]) {
        page.gaps.push_back(gap_of(row));
    }
    if (page.rows.size() > static_cast<std::size_t>(filter.limit)) {
        page.rows.pop_back();
        page.next = cursor_of(page.rows.back());
    }
    co_return page;
}

}  // namespace trunkline::story
