#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "csv/table.hpp"

namespace trunkline::trunkctl {

/// What a table of names looks like to people and to the database.
struct NameTable {
    const char* table;                 ///< `managers`, `lines`.
    const char* one;                   ///< `manager`, `line`.
    std::vector<csv::Column> columns;  ///< The first is the key.
};
const NameTable& managers_table();
const NameTable& lines_table();

/// One row, its values in the order of the table's columns.
using NameRow = std::vector<std::string>;

/// Nothing, or what is wrong with the row, in words that name the column. Pure.
std::string fault_of(const NameTable& table, const NameRow& row);

/// What a CSV file has for the table.
struct NameImport {
    std::vector<NameRow> rows;
    std::vector<csv::BadLine> bad;
    std::vector<std::string> ignored;  ///< Headings that mean nothing here.
};
/// The first record must hold headings, in any order and any case. Bad lines are told one by one;
/// malformed if the file as a whole cannot be used. Pure.
base::Result<NameImport> read_names(const NameTable& table, std::string_view csv);

}  // namespace trunkline::trunkctl
