#include "ledger_store.hpp"

#include <utility>

namespace trunkline::ingest {
namespace {

using Numbers = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

std::string text_of(LedgerPlace::second_type hour) { return base::format_iso8601(hour); }

ExchangeSequence sequence_of(const pg::Row& row) {
    ExchangeSequence exchange;
    exchange.pbx = row.text("pbx");
    exchange.begun = true;
    exchange.epoch = row.integer("epoch");
    exchange.highest = row.integer("highest");
    exchange.run_last = row.integer("run_last");
    exchange.run_length = static_cast<int>(row.integer("run_length"));
    return exchange;
}

using Counters = LedgerStore::Counters;
using Deltas = LedgerStore::Deltas;

void add_gaps(Counters& counters, const pg::Rows& rows) {
    for (const auto& row : rows) {
        for (auto& exchange : counters[std::string(row.text("enterprise_number"))]) {
            if (exchange.pbx == row.text("pbx")) {
                exchange.gaps.push_back(
                    {row.integer("epoch"),
                     row.integer("first_seq"),
                     row.integer("last_seq"),
                     row.time("noticed_at")}
                );
            }
        }
    }
}

void keep_sequences(std::vector<pg::Query>& queries, const Deltas& deltas) {
    Texts enterprises;
    Texts names;
    Numbers epochs, highest, run_lasts, run_lengths;
    for (const auto& [enterprise, delta] : deltas) {
        for (const auto& exchange : delta.sequences) {
            enterprises.push_back(enterprise);
            names.push_back(exchange.pbx);
            epochs.push_back(exchange.epoch);
            highest.push_back(exchange.highest);
            run_lasts.push_back(exchange.run_last);
            run_lengths.push_back(exchange.run_length);
        }
    }
    if (enterprises.empty()) {
        return;
    }
    queries.push_back(
        {"INSERT INTO event_sequences (enterprise_number, pbx, epoch, highest, run_last, "
         "run_length) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], "
         "$5::bigint[], $6::int[]) "
         "ON CONFLICT (enterprise_number, pbx) DO UPDATE SET epoch = excluded.epoch, highest = "
         "excluded.highest, run_last = excluded.run_last, run_length = excluded.run_length, "
         "updated_at = now()",
         pg::Params::of(enterprises, names, epochs, highest, run_lasts, run_lengths)}
    );
}

struct GapColumns {
    Texts enterprises, exchanges;
    Numbers epochs, first, last;
    Texts noticed;

    GapColumns(const Deltas& deltas, std::vector<LedgerDelta::ExchangeGap> LedgerDelta::* gaps) {
        for (const auto& [enterprise, delta] : deltas) {
            for (const auto& [pbx, gap] : delta.*gaps) {
                enterprises.push_back(enterprise);
                exchanges.push_back(pbx);
                epochs.push_back(gap.epoch);
                first.push_back(gap.first);
                last.push_back(gap.last);
                noticed.push_back(base::format_iso8601(gap.noticed));
            }
        }
    }
};

void keep_gaps(std::vector<pg::Query>& queries, const Deltas& deltas) {
    const GapColumns closed(deltas, &LedgerDelta::closed);
    if (!closed.first.empty()) {
        queries.push_back(
            {"DELETE FROM event_gaps g USING unnest($1::text[], $2::text[], $3::bigint[], "
             "$4::bigint[]) AS c(enterprise, pbx, epoch, first_seq) WHERE g.enterprise_number = "
             "c.enterprise AND g.pbx = c.pbx AND g.epoch = c.epoch AND g.first_seq = c.first_seq",
             pg::Params::of(closed.enterprises, closed.exchanges, closed.epochs, closed.first)}
        );
    }
    const GapColumns opened(deltas, &LedgerDelta::opened);
    if (!opened.first.empty()) {
        queries.push_back(
            {"INSERT INTO event_gaps (enterprise_number, pbx, epoch, first_seq, last_seq, "
             "noticed_at) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], "
             "$4::bigint[], $5::bigint[], $6::timestamptz[]) "
             "ON CONFLICT (enterprise_number, pbx, epoch, first_seq) DO UPDATE SET last_seq = "
             "excluded.last_seq, noticed_at = excluded.noticed_at",
             pg::Params::of(
                 opened.enterprises,
                 opened.exchanges,
                 opened.epochs,
                 opened.first,
                 opened.last,
                 opened.noticed
             )}
        );
    }
}

void forget_complete(std::vector<pg::Query>& queries, const Deltas& deltas) {
    Texts enterprises;
    Texts uuids;
    for (const auto& [enterprise, delta] : deltas) {
        for (const auto& uuid : delta.complete) {
            enterprises.push_back(enterprise);
            uuids.push_back(uuid);
        }
    }
    if (!uuids.empty()) {
        queries.push_back(
            {"DELETE FROM incomplete_calls i USING unnest($1::text[], $2::uuid[]) AS "
             "c(enterprise, uuid) WHERE i.enterprise_number = c.enterprise AND i.call_uuid = "
             "c.uuid",
             pg::Params::of(enterprises, uuids)}
        );
    }
}

void note_incomplete(std::vector<pg::Query>& queries, const Deltas& deltas) {
    Texts enterprises, uuids, exchanges, noticed, ends, beginnings;
    for (const auto& [enterprise, delta] : deltas) {
        for (const auto& call : delta.incomplete) {
            enterprises.push_back(enterprise);
            uuids.push_back(call.uuid);
            exchanges.push_back(call.pbx);
            noticed.push_back(base::format_iso8601(call.noticed));
            ends.emplace_back(call.without_end ? "true" : "false");
            beginnings.emplace_back(call.without_beginning ? "true" : "false");
        }
    }
    if (!uuids.empty()) {
        queries.push_back(
            {"INSERT INTO incomplete_calls (enterprise_number, call_uuid, pbx, noticed_at, "
             "without_end, without_beginning) SELECT * FROM unnest($1::text[], $2::uuid[], "
             "$3::text[], $4::timestamptz[], $5::boolean[], $6::boolean[]) "
             "ON CONFLICT (enterprise_number, call_uuid) DO UPDATE SET without_end = "
             "excluded.without_end, without_beginning = excluded.without_beginning",
             pg::Params::of(enterprises, uuids, exchanges, noticed, ends, beginnings)}
        );
    }
}

}  // namespace

asio::awaitable<base::Result<Counters>> LedgerStore::counters(
    pg::Session& session, std::set<std::pair<std::string, std::string>> exchanges
) {
    Texts enterprises;
    Texts names;
    for (const auto& [enterprise, name] : exchanges) {
        enterprises.push_back(enterprise);
        names.push_back(name);
    }
    const auto params = pg::Params::of(enterprises, names);
    std::vector<pg::Query> queries;
    queries.push_back(
        {"SELECT s.enterprise_number, s.pbx, s.epoch, s.highest, s.run_last, s.run_length FROM "
         "unnest($1::text[], $2::text[]) AS x(enterprise, pbx) JOIN event_sequences s ON "
         "s.enterprise_number = x.enterprise AND s.pbx = x.pbx",
         params}
    );
    queries.push_back(
        {"SELECT g.enterprise_number, g.pbx, g.epoch, g.first_seq, g.last_seq, g.noticed_at FROM "
         "unnest($1::text[], $2::text[]) AS x(enterprise, pbx) JOIN event_gaps g ON "
         "g.enterprise_number = x.enterprise AND g.pbx = x.pbx",
         params}
    );
    const auto answers = co_await session.pipeline(std::move(queries));
    if (!answers) {
        co_return std::unexpected(answers.error());
    }
    Counters out;
    for (const auto& row : (*answers)[0]) {
        out[std::string(row.text("enterprise_number"))].push_back(sequence_of(row));
    }
    add_gaps(out, (*answers)[1]);
    co_return out;
}

void LedgerStore::add_queries(std::vector<pg::Query>& queries, const Deltas& deltas) {
    std::map<Row, LedgerFigures> figures;
    for (const auto& [enterprise, delta] : deltas) {
        for (const auto& [place, amounts] : delta.figures) {
            figures.emplace(Row{enterprise, place.first, place.second}, amounts);
        }
    }
    if (!figures.empty()) {
        queries.push_back(add_figures(figures));
    }
    keep_sequences(queries, deltas);
    keep_gaps(queries, deltas);
    forget_complete(queries, deltas);
    note_incomplete(queries, deltas);
}

pg::Query LedgerStore::add_figures(const std::map<Row, LedgerFigures>& figures) {
    Texts enterprises;
    Texts exchanges;
    Texts hours;
    Numbers received, recovered, repeated, refused, missing, late, restarts;
    for (const auto& [row, amounts] : figures) {
        enterprises.push_back(std::get<0>(row));
        exchanges.push_back(std::get<1>(row));
        hours.push_back(text_of(std::get<2>(row)));
        received.push_back(amounts.received);
        recovered.push_back(amounts.recovered);
        repeated.push_back(amounts.repeated);
        refused.push_back(amounts.refused);
        missing.push_back(amounts.missing);
        late.push_back(amounts.late);
        restarts.push_back(amounts.restarts);
    }
    // In the order of the key, so that two writers never wait for each other crosswise.
    return {
        "INSERT INTO event_ledger AS l (enterprise_number, pbx, hour, received, recovered, "
        "repeated, refused, missing, late, restarts) "
        "SELECT f.* FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], "
        "$5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[]) "
        "AS f(enterprise, pbx, hour, received, recovered, repeated, refused, missing, late, "
        "restarts) ORDER BY 1, 2, 3 "
        "ON CONFLICT (enterprise_number, pbx, hour) DO UPDATE SET "
        "received = l.received + excluded.received, recovered = l.recovered + excluded.recovered, "
        "repeated = l.repeated + excluded.repeated, refused = l.refused + excluded.refused, "
        "missing = l.missing + excluded.missing, late = l.late + excluded.late, "
        "restarts = l.restarts + excluded.restarts",
        pg::Params::of(
            enterprises,
            exchanges,
            hours,
            received,
            recovered,
            repeated,
            refused,
            missing,
            late,
            restarts
        )
    };
}

std::vector<pg::Query> LedgerStore::sweep_queries() {
    std::vector<pg::Query> queries;
    queries.push_back({"DELETE FROM event_ledger WHERE hour < now() - interval '400 days'", {}});
    queries.push_back(
        {"DELETE FROM incomplete_calls WHERE noticed_at < now() - interval '400 days'", {}}
    );
    // As long as the keys of repeats are kept: later an event cannot be told from its repeat.
    queries.push_back({"DELETE FROM event_gaps WHERE noticed_at < now() - interval '8 days'", {}});
    return queries;
}

}  // namespace trunkline::ingest
