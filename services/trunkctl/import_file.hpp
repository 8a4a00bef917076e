#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "csv/table.hpp"

namespace trunkline::trunkctl {

/// A file to be imported, or standard input if it is called `-`. Not more than can be imported.
base::Result<std::string> read_file(const std::string& name);

/// On standard error, each with its number; of very many only the first.
void tell_bad_lines(const std::vector<csv::BadLine>& bad);

}  // namespace trunkline::trunkctl
