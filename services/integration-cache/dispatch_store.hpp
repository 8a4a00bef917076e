#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "dispatch_plan.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::integration_cache {

/// Which call a dispatch is of.
struct DispatchedCall {
    std::string enterprise_number;
    std::string unique_id;
    std::string pbx;
    std::string uuid;      ///< "" if the sender does not know it.
    bool derives = false;  ///< The sender gives no `call`, so what earlier events told is needed.
};

/// What 8020 has accepted. Any executor's own.
class DispatchStore {
public:
    explicit DispatchStore(pg::Pool& pool) : pool_(pool) {}

    using Decide = std::function<base::Result<DispatchPlan>(const KnownCall&)>;
    /// Asks `decide` with what was accepted of the call before, while nobody else can accept
    /// anything of it, and keeps the plan with its messages in one commit; of a repeat nothing.
    /// `decide` may be asked twice. Errors are its own and the database's.
    asio::awaitable<base::Result<DispatchPlan>> accept(
        DispatchedCall call, std::string event_type, std::string trace_id, Decide decide
    );

    /// Forgets what no repeat and no later event can need any more, `limit` rows of each table at
    /// the most; true if there is more to forget.
    asio::awaitable<base::Result<bool>> forget_old(std::int64_t limit);

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::integration_cache
