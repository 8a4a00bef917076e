#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "pg/pool.hpp"

namespace trunkline::outbox {

/// One piece of work for somebody else, kept until it is done.
struct Message {
    std::string enterprise_number;
    std::string target;     ///< Within the queue: `retailcrm`, ...
    std::string order_key;  ///< Messages of one (enterprise, target, order key) are delivered one
                            ///< after another.
    std::string kind;       ///< What the payload is, for people who look at the table.
    std::string payload;    ///< JSON text.
    std::string trace_id;
    std::chrono::milliseconds delay{0};  ///< Not before now + delay.
};

/// A message that a worker has claimed.
struct Item {
    std::int64_t id = 0;
    Message message;
    unsigned attempt = 1;    ///< 1 at the first delivery; those that had to wait do not count.
    std::int64_t claim = 1;  ///< Tells this claim of the message from all others.
    base::WallTime created_at;
};

/// The statement that puts `messages` into `queue`, in their order, and wakes the queue's workers
/// at commit. To be executed in the transaction that causes the work: both happen or neither. Empty
/// `messages` must not be passed.
pg::Query insert_query(const std::string& queue, const std::vector<Message>& messages);

}  // namespace trunkline::outbox
