#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace trunkline::csv {

/// One record of a CSV file.
struct Record {
    std::size_t line = 0;  ///< Where it begins in the file, counted from 1.
    std::vector<std::string> fields;
    std::string fault;  ///< Why it cannot be read; `fields` is empty then.
};

/// RFC 4180, as spreadsheets write it: fields in double quotes may hold separators, line ends and
/// doubled quotes; lines end with CRLF or LF; empty lines are left out; blanks around a field that
/// is not quoted do not count. The separator, a comma, a semicolon or a tab, is the one that the
/// first line has most of; a first line `sep=;` names it. UTF-8, with or without its mark.
/// malformed: another encoding, told with what to do. too_large: over 16 MiB or 100,000 records.
base::Result<std::vector<Record>> parse(std::string_view text);

}  // namespace trunkline::csv
