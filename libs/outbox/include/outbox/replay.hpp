#pragma once

#include <cstdint>

#include "pg/pool.hpp"

namespace trunkline::outbox {

enum class Replay {
    queued,   ///< It is back in its queue and will be delivered.
    pending,  ///< A replay of it waits already; nothing was changed.
    missing,  ///< There is no such dead letter.
};

/// Puts a dead letter back into its queue and wakes the queue's workers, all in one transaction. It
/// keeps its id, so within its order key it stands where it stood; its tries and its age begin
/// anew. Should it die again, its row in dead_letters tells the new reason.
asio::awaitable<base::Result<Replay>> replay(pg::Pool& pool, std::int64_t id);

}  // namespace trunkline::outbox
