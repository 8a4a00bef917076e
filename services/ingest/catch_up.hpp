#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "incoming.hpp"

namespace trunkline::ingest {

/// One line of POST /events (INTERFACES section 4): an event, or why it is none.
struct CatchUpLine {
    std::size_t number = 0;  ///< From 1, as an editor counts.
    base::Result<RawEvent> event;
};

inline constexpr std::size_t most_catch_up_lines = 10'000;
inline constexpr std::size_t most_catch_up_bytes = 16UL * 1024 * 1024;
inline constexpr std::size_t most_line_bytes = 64UL * 1024;

/// The lines of an NDJSON body, `{"event":"dial","body":{...},"at":...,"pbx":...,"seq":...}` each;
/// empty ones are left out but counted. too_large: more lines than are taken, before any of them is
/// looked at. Pure.
base::Result<std::vector<CatchUpLine>> catch_up_lines(
    std::string_view body, const std::string& token_header
);

}  // namespace trunkline::ingest
