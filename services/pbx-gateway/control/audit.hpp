#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::pbx_control {

/// Who wants what. No secrets: nothing that is written down here ever holds one.
struct AuditEntry {
    std::string enterprise;
    std::string pbx;
    std::string actor;
    std::string role;
    std::string remote;
    std::string action;
    std::string channel;
    std::string target;
    std::string arguments = "{}";  ///< A JSON object.
    std::string request_id;        ///< The asker's own id of this wish.
    std::string call_id;           ///< The id that we gave the call.
    bool is_outside = false;
};

/// What came of it.
struct AuditEnd {
    std::string outcome;  ///< `done`, `refused` (by us), `failed` (at the exchange).
    unsigned status = 0;
    std::string answer;
    std::chrono::milliseconds took{0};
};

/// The table control_audit. What cannot be written down is not done: begin() comes first.
class Audit {
public:
    explicit Audit(pg::Pool& pool) : pool_(pool) {}

    /// The same wish, asked for within the last hour.
    struct Earlier {
        std::string channel;
        std::string target;
        std::string call_id;
    };
    struct Begun {
        std::int64_t id = 0;
        std::optional<Earlier> earlier;  ///< Nothing was written then.
    };
    /// `hourly_limit`: how many outside calls the enterprise may place; rate_limited (`rate`) over
    /// it, and nothing is written. Exact over all replicas.
    asio::awaitable<base::Result<Begun>> begin(
        AuditEntry entry, std::optional<std::int64_t> hourly_limit, net::Deadline deadline
    );
    asio::awaitable<base::Result<>> finish(
        std::string enterprise, std::int64_t id, AuditEnd end, net::Deadline deadline
    );
    /// Both at once.
    asio::awaitable<base::Result<>> note(AuditEntry entry, AuditEnd end, net::Deadline deadline);

    struct Filter {
        std::string enterprise;  ///< Empty: all. So are the others.
        std::string pbx;
        std::string action;
        std::string outcome;
        std::int64_t before = 0;  ///< Only older ones than this id; 0: from the newest on.
        std::int64_t limit = 100;
    };
    /// `{"items":[...],"next":id|null}`, the newest first.
    asio::awaitable<base::Result<std::string>> list(Filter filter, net::Deadline deadline);

    /// Forgets what is older than 400 days, some thousands at a time. How many went.
    asio::awaitable<base::Result<std::size_t>> forget_old();

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::pbx_control
