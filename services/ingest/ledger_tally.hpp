#pragma once

#include <map>
#include <string>

#include "base/log.hpp"
#include "ledger_store.hpp"
#include "metrics/registry.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"

namespace trunkline::ingest {

/// Counts what leaves no event behind, repeats and refusals, in memory and adds the sums to the
/// ledger every second: the storing statement has nothing to do with it. What is counted and not
/// yet written is lost with the process, a second's worth of repeats at the most. One executor.
class LedgerTally {
public:
    LedgerTally(asio::any_io_executor executor, pg::Pool& pool, metrics::Registry& registry);

    void repeated(const std::string& enterprise, const std::string& pbx, base::WallTime received);
    void refused(const std::string& enterprise, const std::string& pbx, base::WallTime received);

    void start();
    /// Writes what is left, until the deadline. Before the pool closes.
    asio::awaitable<void> drain(net::Deadline deadline);
    /// Adds the sums to the ledger now. What could not be written is kept for the next time.
    asio::awaitable<base::Result<>> flush();

private:
    LedgerFigures* figures_of(
        const std::string& enterprise, const std::string& pbx, base::WallTime received
    );
    asio::awaitable<void> run();

    pg::Pool& pool_;
    base::Logger logger_{"ledger"};
    metrics::Counter& dropped_;
    std::map<LedgerStore::Row, LedgerFigures> figures_;
    net::Event wake_;
    bool stopping_ = false;
    net::TaskGroup tasks_;
};

}  // namespace trunkline::ingest
