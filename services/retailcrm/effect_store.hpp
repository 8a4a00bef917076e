#pragma once

#include <string>
#include <vector>

#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::retailcrm {

/// What was done in RetailCRM, by a key of ours: its call events have none of their own. Also the
/// log of requests.
class EffectStore {
public:
    explicit EffectStore(pg::Pool& pool) : pool_(pool) {}

    /// One of `keys` that is to be done.
    struct Effect {
        std::string key;
        bool repeated =
            false;  ///< It was begun before and its outcome stayed unknown: it may double.
    };
    /// Marks the keys as begun and returns those that are not done yet, in their order.
    asio::awaitable<base::Result<std::vector<Effect>>> begin(
        std::string enterprise, std::vector<std::string> keys
    );
    asio::awaitable<base::Result<>> finish(
        std::string enterprise, std::vector<std::string> keys, std::string answer
    );
    /// The request surely did not take effect: the keys may be begun anew without a doubt.
    asio::awaitable<base::Result<>> forget(std::string enterprise, std::vector<std::string> keys);

    struct LogLine {
        std::string enterprise, event_type, unique_id, call_uuid, request, response, status,
            trace_id;
        std::optional<int> http_status;
        std::int64_t duration_ms = 0;
        std::int64_t attempt = 1;
    };
    asio::awaitable<base::Result<>> log(LogLine line);

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::retailcrm
