#include "name_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr std::size_t longest_key = 64;
constexpr std::size_t longest_value = 400;

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
    auto read = csv::read_table(table.columns, csv);
    if (!read) {
        return std::unexpected(read.error());
    }
    NameImport import{.rows = {}, .bad = std::move(read->bad), .ignored = std::move(read->ignored)};
    std::map<std::string, std::size_t> seen;
    for (auto& [line, row] : read->lines) {
        auto fault = fault_of(table, row);
        if (fault.empty()) {
            const auto [earlier, is_first] = seen.try_emplace(row.front(), line);
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
            import.bad.push_back({line, std::move(fault)});
        }
    }
    std::ranges::sort(import.bad, {}, &csv::BadLine::line);
    return import;
}

}  // namespace trunkline::trunkctl
