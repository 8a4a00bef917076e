#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "json/document.hpp"
#include "mapping.hpp"

namespace trunkline::uon {

// GET call_history/{page}.json: the only way to know whether a row of ours is there. Pure.

struct ListedCall {
    std::string id;  ///< "" if the list does not tell.
    std::string phone;
    std::string start;  ///< As `Y-m-d H:i:s`.
    std::string direction;
    std::string duration;
};

/// The rows of one page, whatever the list is called. malformed if a row does not tell phone and
/// start in a form that can be compared: then nobody knows what is there.
base::Result<std::vector<ListedCall>> calls_in(json::View root);

/// Direction and duration count where the list tells them.
bool is_row_of(const ListedCall& row, const CallRecord& record);

/// Whether the rows of the pages behind this one are surely older than the record. The list's order
/// is not documented: newest first by the start or by the making of a row. Hours of slack bear rows
/// that were made late.
bool is_beyond(const std::vector<ListedCall>& page, const CallRecord& record);

}  // namespace trunkline::uon
