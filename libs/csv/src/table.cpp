#include "csv/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "csv/csv.hpp"

namespace trunkline::csv {
namespace {

using Columns = std::span<const Column>;

/// Lower case of Latin and Russian letters; `_` is a blank, blanks count once.
std::string plain_heading(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
        if (byte == 0xD0 && next >= 0x90 && next <= 0x9F) {  // А-П
            out += {'\xD0', static_cast<char>(next + 0x20)};
            ++i;
        } else if (byte == 0xD0 && next >= 0xA0 && next <= 0xAF) {  // Р-Я
            out += {'\xD1', static_cast<char>(next - 0x20)};
            ++i;
        } else if (byte == 0xD0 && next == 0x81) {  // Ё
            out += "\xD1\x91";
            ++i;
        } else if (byte == '_' || byte == ' ') {
            out += out.empty() || out.back() == ' ' ? "" : " ";
        } else {
            out += base::to_lower_ascii(text.substr(i, 1));
        }
    }
    return std::string(base::trim(out));
}

std::optional<std::size_t> column_of(Columns columns, const std::string& heading) {
    const auto wanted = plain_heading(heading);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto& column = columns[i];
        const bool fits =
            plain_heading(column.name) == wanted ||
            std::ranges::any_of(column.headings, [&](const char* each) { return wanted == each; });
        if (fits) {
            return i;
        }
    }
    return std::nullopt;
}

std::string headings_of(Columns columns) {
    std::vector<std::string> names;
    names.reserve(columns.size());
    for (const auto& column : columns) {
        names.push_back(
            column.headings.empty() ? std::string(column.name)
                                    : fmt::format("{} ({})", column.name, column.headings.back())
        );
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

/// Which column each field of a record goes to.
using Places = std::vector<std::optional<std::size_t>>;

base::Result<Places> read_headings(
    Columns columns, const Record& record, std::vector<std::string>& ignored
) {
    Places places;
    std::vector<bool> seen(columns.size(), false);
    for (const auto& field : record.fields) {
        const auto column = column_of(columns, field);
        if (column && seen[*column]) {
            return base::fail(
                base::Errc::malformed,
                fmt::format("line {}: two columns are {}", record.line, columns[*column].name)
            );
        }
        if (column) {
            seen[*column] = true;
        } else if (!field.empty()) {
            ignored.push_back(field);
        }
        places.push_back(column);
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
        if (columns[i].required && !seen[i]) {
            return base::fail(
                base::Errc::malformed,
                fmt::format(
                    "line {}: there is no column {}; the first line must name the columns: {}",
                    record.line,
                    columns[i].name,
                    headings_of(columns)
                )
            );
        }
    }
    return places;
}

/// Nothing: `row` is made of the record.
std::string fill(const Record& record, const Places& places, std::vector<std::string>& row) {
    if (!record.fault.empty()) {
        return record.fault;
    }
    if (record.fields.size() < places.size()) {
        return fmt::format(
            "{} fields, but the first line names {}", record.fields.size(), places.size()
        );
    }
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
        if (i >= places.size() && !record.fields[i].empty()) {
            return fmt::format("more fields than the {} of the first line", places.size());
        }
        const auto place = i < places.size() ? places[i] : std::nullopt;
        if (place) {
            row[*place] = record.fields[i];
        }
    }
    return {};
}

}  // namespace

base::Result<Table> read_table(Columns columns, std::string_view text) {
    const auto records = parse(text);
    if (!records) {
        return std::unexpected(records.error());
    }
    if (records->empty() || !records->front().fault.empty()) {
        return base::fail(
            base::Errc::malformed,
            records->empty()
                ? "the file is empty"
                : fmt::format("line {}: {}", records->front().line, records->front().fault)
        );
    }
    Table table;
    const auto places = read_headings(columns, records->front(), table.ignored);
    if (!places) {
        return std::unexpected(places.error());
    }
    for (auto record = records->begin() + 1; record != records->end(); ++record) {
        std::vector<std::string> row(columns.size());
        auto fault = fill(*record, *places, row);
        if (fault.empty()) {
            table.lines.push_back({record->line, std::move(row)});
        } else {
            table.bad.push_back({record->line, std::move(fault)});
        }
    }
    return table;
}

}  // namespace trunkline::csv
