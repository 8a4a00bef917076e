#include "name_tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.hpp"
#include "csv.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr std::size_t longest_key = 64;
constexpr std::size_t longest_value = 400;

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

std::optional<std::size_t> column_of(const NameTable& table, const std::string& heading) {
    const auto wanted = plain_heading(heading);
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const auto& column = table.columns[i];
        const bool fits =
            plain_heading(column.name) == wanted ||
            std::ranges::any_of(column.headings, [&](const char* each) { return wanted == each; });
        if (fits) {
            return i;
        }
    }
    return std::nullopt;
}

std::string headings_of(const NameTable& table) {
    std::vector<std::string> names;
    names.reserve(table.columns.size());
    for (const auto& column : table.columns) {
        names.push_back(fmt::format("{} ({})", column.name, column.headings.back()));
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

/// Which column each field of a record goes to.
using Places = std::vector<std::optional<std::size_t>>;

base::Result<Places> read_headings(
    const NameTable& table, const CsvRecord& record, std::vector<std::string>& ignored
) {
    Places places;
    std::vector<bool> seen(table.columns.size(), false);
    for (const auto& field : record.fields) {
        const auto column = column_of(table, field);
        if (column && seen[*column]) {
            return base::fail(
                base::Errc::malformed,
                fmt::format("line {}: two columns are {}", record.line, table.columns[*column].name)
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
        if (table.columns[i].required && !seen[i]) {
            return base::fail(
                base::Errc::malformed,
                fmt::format(
                    "line {}: there is no column {}; the first line must name the columns: {}",
                    record.line,
                    table.columns[i].name,
                    headings_of(table)
                )
            );
        }
    }
    return places;
}

/// Nothing: `row` is made of the record.
std::string fill(const CsvRecord& record, const Places& places, NameRow& row) {
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

const NameTable& managers_table() {
    static const NameTable table{
        "managers",
        "manager",
        {{"extension",
          {"ext", "number", "внутренний номер", "внутренний", "номер", "добавочный"},
          true},
         {"full_name", {"name", "имя", "сотрудник", "менеджер", "фио"}, true},
         {"short_name", {"short", "кратко", "краткое имя", "короткое имя"}, false}}
    };
    return table;
}

const NameTable& lines_table() {
    static const NameTable table{
        "lines",
        "line",
        {{"line_id", {"line", "id", "trunk", "транк", "id линии", "линия"}, true},
         {"name", {"title", "имя", "наименование", "название"}, true},
         {"operator", {"provider", "провайдер", "оператор"}, false},
         {"number", {"phone", "телефон", "номер телефона", "номер"}, false}}
    };
    return table;
}

std::string fault_of(const NameTable& table, const NameRow& row) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const auto& column = table.columns[i];
        const auto& value = row[i];
        const auto limit = i == 0 ? longest_key : longest_value;
        const bool has_control = std::ranges::any_of(value, [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
        });
        if (column.required && value.empty()) {
            return std::string(column.name) + " is empty";
        }
        if (has_control || !base::is_valid_utf8(value)) {
            return std::string(column.name) + " must be one line of UTF-8";
        }
        if (value.size() > limit) {
            return fmt::format("{} has more than {} bytes", column.name, limit);
        }
        if (i == 0 && value.find(' ') != std::string::npos) {
            return fmt::format("{} \"{}\" holds a blank", column.name, value);
        }
    }
    return {};
}

base::Result<NameImport> read_names(const NameTable& table, std::string_view csv) {
    const auto records = parse_csv(csv);
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
    NameImport import;
    const auto places = read_headings(table, records->front(), import.ignored);
    if (!places) {
        return std::unexpected(places.error());
    }
    std::map<std::string, std::size_t> seen;
    for (auto record = records->begin() + 1; record != records->end(); ++record) {
        NameRow row(table.columns.size());
        auto fault = fill(*record, *places, row);
        if (fault.empty()) {
            fault = fault_of(table, row);
        }
        if (fault.empty()) {
            const auto [earlier, is_first] = seen.try_emplace(row.front(), record->line);
            if (!is_first) {
                fault = fmt::format(
                    "{} {} stands in line {} already",
                    table.columns.front().name,
                    row.front(),
                    earlier->second
                );
            }
        }
        if (fault.empty()) {
            import.rows.push_back(std::move(row));
        } else {
            import.bad.push_back({record->line, std::move(fault)});
        }
    }
    return import;
}

}  // namespace trunkline::trunkctl
