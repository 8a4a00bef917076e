#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::story {

/// Which part of the loss ledger. Hours from `from` on and before `to`.
struct LedgerFilter {
    std::optional<std::string> enterprise;  ///< Number.
    std::optional<std::string> pbx;         ///< "" is the exchange that does not name itself.
    base::WallTime from;
    base::WallTime to;
    std::optional<std::string> cursor;  ///< `next` of the page before.
    int limit = 100;
};

/// One exchange's hour. What each figure means: docs/ledger.md.
struct LedgerRow {
    std::string enterprise;
    std::string pbx;
    base::WallTime hour;
    std::int64_t received = 0;
    std::int64_t recovered = 0;
    std::int64_t repeated = 0;
    std::int64_t refused = 0;
    std::int64_t missing = 0;
    std::int64_t late = 0;
    std::int64_t restarts = 0;
    std::int64_t calls_without_end = 0;
    std::int64_t calls_without_beginning = 0;
};

/// Numbers that were left out and may still come, both ends included.
struct OpenGap {
    std::string enterprise;
    std::string pbx;
    std::int64_t first = 0;
    std::int64_t last = 0;
    base::WallTime noticed;
};

struct LedgerPage {
    std::vector<LedgerRow> rows;  ///< Youngest hour first, then by enterprise and exchange.
    std::optional<std::string> next;
    std::vector<OpenGap> gaps;  ///< Of all hours, youngest first, 1000 at the most.
};

/// invalid_input: the cursor is none that this list gave.
asio::awaitable<base::Result<LedgerPage>> read_ledger(pg::Pool& pool, LedgerFilter filter);

/// `{"items":[...],"next":null,"gaps":[...]}`
std::string to_json(const LedgerPage& page);

/// A table for people, hours in `timezone`, with a line of sums.
std::string to_table(const LedgerPage& page, std::string_view timezone);

}  // namespace trunkline::story
