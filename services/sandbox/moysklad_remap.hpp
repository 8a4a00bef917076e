#pragma once

#include <string>
#include <vector>

#include "form.hpp"
#include "moysklad_answer.hpp"

namespace trunkline::sandbox::moysklad {

/// `path` is what follows `/api/remap/1.2/`, in decoded segments. Reads only: counterparties with
/// search, filter and contact persons, employees, the token's own employee.
Answer remap(
    const std::string& method, const std::vector<std::string>& path, const Parameters& query
);

}  // namespace trunkline::sandbox::moysklad
