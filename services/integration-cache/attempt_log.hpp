#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::integration_cache {

/// One attempt to have a connector do a step: a row of integration_logs.
struct Attempt {
    std::string enterprise_number;
    std::string integration;  ///< As in integrations_config: `retailcrm`, `ms`.
    std::string event_type;
    std::string unique_id;
    std::string call_uuid;
    std::string request;   ///< Method, path and body; empty: nothing was asked.
    std::string response;  ///< The answer's body, or why there was none.
    std::string status;    ///< done, duplicate, ignored, retry, permanent.
    std::optional<int> http_status;
    unsigned attempt = 1;
    std::int64_t duration_ms = 0;
    std::string trace_id;
};

/// Writes down what the gateway asked of connectors. Any executor's own.
class AttemptLog {
public:
    explicit AttemptLog(pg::Pool& pool) : pool_(pool) {}

    /// Texts are cut, and secrets in them masked (base/redact.hpp).
    asio::awaitable<base::Result<>> write(Attempt attempt);

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::integration_cache
