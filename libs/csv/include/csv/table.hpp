#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace trunkline::csv {

struct Column {
    const char* name;                   ///< Our own; a heading too, `_` or a blank in it.
    std::vector<const char*> headings;  ///< Further ones, lower case, English and Russian.
    bool required;
};

struct Line {
    std::size_t number = 0;           ///< In the file, counted from 1.
    std::vector<std::string> values;  ///< In the order of the columns; "" where there is none.
};

struct BadLine {
    std::size_t line = 0;
    std::string detail;
};

struct Table {
    std::vector<Line> lines;
    std::vector<BadLine> bad;
    std::vector<std::string> ignored;  ///< Headings that mean nothing here.
};

/// A CSV file (csv.hpp) whose first record names the columns, in any order and any case. Bad lines
/// are told one by one; malformed if the file as a whole cannot be used: it is empty, a required
/// column is missing, two headings name the same. Pure.
base::Result<Table> read_table(std::span<const Column> columns, std::string_view text);

}  // namespace trunkline::csv
