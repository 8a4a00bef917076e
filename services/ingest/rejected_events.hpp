#pragma once

#include <deque>
#include <string>

#include "base/log.hpp"
#include "metrics/registry.hpp"
#include "net/address.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"
#include "pg/group_commit.hpp"
#include "rejected_budget.hpp"
#include "rejected_store.hpp"

namespace trunkline::ingest {

/// Keeps what was refused: bounded by RejectedBudget, many in one commit, and in memory for a while
/// when the database is away. What is not kept is counted. One executor.
class RejectedEvents {
public:
    /// `pool` and `registry` must outlive it.
    RejectedEvents(
        const asio::any_io_executor& executor, pg::Pool& pool, metrics::Registry& registry
    );

    struct Refusal {
        net::IpAddress source;
        std::string trace_id;
        std::string enterprise_number;  ///< Empty: the Token was nobody's, or was not read.
        std::string token;              ///< Empty: looked for in the event.
        base::Error error;
    };
    /// Counts, logs and, within the budget, keeps. Returns when it is in the table or will not be
    /// soon.
    asio::awaitable<void> keep(RawEvent raw, Refusal refusal);

    /// Writes what waits, until the deadline. Before the pool closes.
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    /// Nothing to say about a row but that it is there.
    struct Kept {};

    void note(const Rejected& rejected, const std::string& trace_id) const;
    void wait_for_database(Rejected rejected);
    asio::awaitable<base::Result<std::vector<Kept>>> write(std::span<const Rejected> rejected);
    asio::awaitable<void> write_backlog();
    asio::awaitable<bool> write_backlog_once();

    RejectedStore store_;
    RejectedBudget budget_;
    base::Logger logger_{"ingest"};
    metrics::Registry& registry_;
    metrics::Counter& not_kept_;
    std::deque<Rejected> backlog_;
    std::size_t backlog_bytes_ = 0;
    net::Event more_;
    pg::GroupCommit<Rejected, Kept> commits_;
    net::TaskGroup tasks_;
};

}  // namespace trunkline::ingest
