#include <fmt/format.h>

#include "base/timezone.hpp"
#include "json/writer.hpp"
#include "story/ledger.hpp"

namespace trunkline::story {
namespace {

struct Column {
    const char* russian;
    const char* english;
    std::int64_t LedgerRow::* figure;
};

constexpr Column columns[] = {
    {"принято", "received", &LedgerRow::received},
    {"восст.", "recovered", &LedgerRow::recovered},
    {"повторы", "repeated", &LedgerRow::repeated},
    {"отказы", "refused", &LedgerRow::refused},
    {"пропало", "missing", &LedgerRow::missing},
    {"поздно", "late", &LedgerRow::late},
    {"без конца", "no end", &LedgerRow::calls_without_end},
    {"без начала", "no begin", &LedgerRow::calls_without_beginning},
    {"сброс", "restarts", &LedgerRow::restarts},
};

constexpr std::size_t hour_length = 16;

std::string local(base::WallTime time, std::string_view timezone, std::size_t length) {
    const auto text = base::format_local_time(time, timezone);
    return text ? text->substr(0, length) : base::format_iso8601(time);
}

std::string line_of(
    const std::string& hour, const std::string& enterprise, const std::string& pbx
) {
    return fmt::format("{:<16}  {:<11} {:<12}", hour, enterprise, pbx);
}

std::string figures_of(const LedgerRow& row) {
    std::string out;
    for (const auto& column : columns) {
        out += fmt::format(" {:>10}", row.*column.figure);
    }
    return out;
}

std::string headings() {
    auto russian = line_of("час", "предприятие", "АТС");
    auto english = line_of("hour", "enterprise", "pbx");
    for (const auto& column : columns) {
        russian += fmt::format(" {:>10}", column.russian);
        english += fmt::format(" {:>10}", column.english);
    }
    return russian + "\n" + english + "\n";
}

std::string shown(const std::string& pbx) { return pbx.empty() ? "-" : pbx; }

std::string gaps_table(const std::vector<OpenGap>& gaps, std::string_view timezone) {
    std::string out =
        "\nПропущенные номера, которые ещё могут прийти / numbers that may still come:";
    for (const auto& gap : gaps) {
        out += fmt::format(
            "\n{:<19}  {:<11} {:<12} {}{} ({})",
            local(gap.noticed, timezone, 19),
            gap.enterprise,
            shown(gap.pbx),
            gap.first,
            gap.first == gap.last ? "" : fmt::format("-{}", gap.last),
            gap.last - gap.first + 1
        );
    }
    return out + "\n";
}

void write_row(json::Writer& writer, const LedgerRow& row) {
    writer.begin_object()
        .member("enterprise", row.enterprise)
        .member("pbx", row.pbx)
        .member("hour", base::format_iso8601(row.hour))
        .member("received", row.received)
        .member("recovered", row.recovered)
        .member("repeated", row.repeated)
        .member("refused", row.refused)
        .member("missing", row.missing)
        .member("late", row.late)
        .member("restarts", row.restarts)
        .member("calls_without_end", row.calls_without_end)
        .member("calls_without_beginning", row.calls_without_beginning)
        .end_object();
}

}  // namespace

std::string to_json(const LedgerPage& page) {
    json::Writer writer;
    writer.begin_object().key("items").begin_array();
    for (const auto& row : page.rows) {
        write_row(writer, row);
    }
    writer.end_array().member("next", page.next).key("gaps").begin_array();
    for (const auto& gap : page.gaps) {
        writer.begin_object()
            .member("enterprise", gap.enterprise)
            .member("pbx", gap.pbx)
            .member("first", gap.first)
            .member("last", gap.last)
            .member("count", gap.last - gap.first + 1)
            .member("noticed_at", base::format_iso8601(gap.noticed))
            .end_object();
    }
    return writer.end_array().end_object().take();
}

std::string to_table(const LedgerPage& page, std::string_view timezone) {
    auto out = headings();
    LedgerRow sum;
    for (const auto& row : page.rows) {
        const auto hour = local(row.hour, timezone, hour_length);
        out += line_of(hour, row.enterprise, shown(row.pbx)) + figures_of(row) + "\n";
        for (const auto& column : columns) {
            sum.*column.figure += row.*column.figure;
        }
    }
    out += line_of("всего / total", "", "") + figures_of(sum) + "\n";
    if (page.next) {
        out += "... есть ещё, сузьте --from и --to / there is more, narrow --from and --to\n";
    }
    if (!page.gaps.empty()) {
        out += gaps_table(page.gaps, timezone);
    }
    out.pop_back();
    return out;
}

}  // namespace trunkline::story
