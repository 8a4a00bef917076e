#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "incoming.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::ingest {

/// An event that was refused, with what taking it in again needs. Signatures are not kept.
struct Rejected {
    std::int64_t id = 0;  ///< Of the row; 0 before there is one.
    base::WallTime received_at;
    std::string source;             ///< The client's address.
    std::string enterprise_number;  ///< Whose Token it was; empty: nobody's.
    std::string token;
    unsigned status = 0;
    std::string reason;
    RawEvent raw;
    std::uint64_t suppressed = 0;  ///< Of the same source, refused before it and not kept.
    std::string event_id;          ///< What a replay has made of it; empty: not replayed.
};

/// The table rejected_events.
class RejectedStore {
public:
    explicit RejectedStore(pg::Pool& pool) : pool_(pool) {}

    /// All in one commit. A text that PostgreSQL cannot keep is mended, not refused.
    asio::awaitable<base::Result<>> write(std::span<const Rejected> rejected);

    struct Filter {
        std::optional<std::string> enterprise;  ///< Number.
        std::optional<std::string>
            enterprise_token;  ///< Its Token: rows from before it was anybody's count too.
        std::optional<std::string> token, from, to;
        std::optional<std::int64_t> status, cursor;
        int limit = 100;
    };
    /// `{"items":[...],"next":"12"|null}`, newest first; bodies cut to their first 1000 bytes.
    asio::awaitable<base::Result<std::string>> list(Filter filter);
    /// One as JSON with its whole body. not_found.
    asio::awaitable<base::Result<std::string>> get(std::int64_t id);

    /// One as it was refused. not_found.
    asio::awaitable<base::Result<Rejected>> load(std::int64_t id);
    /// Ids of those that were not replayed yet, oldest first, after `cursor`.
    asio::awaitable<base::Result<std::vector<std::int64_t>>> waiting(Filter filter);
    asio::awaitable<base::Result<>> mark_replayed(std::int64_t id, std::string event_id);

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::ingest
