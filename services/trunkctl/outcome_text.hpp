#pragma once

#include <string>
#include <vector>

#include "json/document.hpp"
#include "json/writer.hpp"

namespace trunkline::trunkctl {

/// The emulator's GET /runs/{id}/outcome for people.
std::string outcome_text(json::View outcome);
/// One difference in a line.
std::string difference_text(json::View difference);
/// `name=value` arguments as an order's `fields`. False: one has no `=`.
bool write_fields(json::Writer& writer, const std::vector<std::string>& fields);

}  // namespace trunkline::trunkctl
