#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::ingest {

/// Finished calls, for diagnostics.
class CallStore {
public:
    explicit CallStore(pg::Pool& pool) : pool_(pool) {}

    struct CallFilter {
        std::optional<std::string> enterprise, phone, unique_id, from, to, cursor;
        int limit = 100;
    };
    /// Newest first, as JSON objects; `next` continues after the last.
    asio::awaitable<base::Result<std::string>> list_calls(CallFilter filter);
    asio::awaitable<base::Result<std::string>> get_call(std::string uuid);
    asio::awaitable<base::Result<std::string>> get_events(std::string uuid);

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::ingest
