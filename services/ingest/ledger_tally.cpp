#include "ledger_tally.hpp"

#include <utility>

namespace trunkline::ingest {
namespace {

constexpr auto period = std::chrono::seconds(1);
/// Names of exchanges come from outside; the database may be away for hours.
constexpr std::size_t max_rows = 20'000;

}  // namespace

LedgerTally::LedgerTally(
    asio::any_io_executor executor, pg::Pool& pool, metrics::Registry& registry
)
    : pool_(pool),
      dropped_(registry.counter(
          "ingest_ledger_dropped_total",
          "Repeats and refusals that the ledger had no room to count",
          {}
      )),
      wake_(executor),
      tasks_(std::move(executor), "ledger") {}

LedgerFigures* LedgerTally::figures_of(
    const std::string& enterprise, const std::string& pbx, base::WallTime received
) {
    const LedgerStore::Row row{enterprise, pbx, hour_of(received)};
    // PostgreSQL keeps no NUL, and one such name would keep all others from being written.
    const bool is_storable = pbx.find('\0') == std::string::npos;
    if (!is_storable || (figures_.size() >= max_rows && !figures_.contains(row))) {
        dropped_.add();
        return nullptr;
    }
    return &figures_[row];
}

void LedgerTally::repeated(
    const std::string& enterprise, const std::string& pbx, base::WallTime received
) {
    if (auto* figures = figures_of(enterprise, pbx, received)) {
        ++figures->repeated;
    }
}

void LedgerTally::refused(
    const std::string& enterprise, const std::string& pbx, base::WallTime received
) {
    if (auto* figures = figures_of(enterprise, pbx, received)) {
        ++figures->refused;
    }
}

void LedgerTally::start() { tasks_.spawn("flush", run()); }

asio::awaitable<void> LedgerTally::run() {
    while (!stopping_) {
        co_await wake_.wait_until(net::deadline_in(period));
        const auto flushed = co_await flush();
        if (!flushed) {
            logger_.debug("put off: {}", base::describe(flushed.error()));
        }
    }
}

asio::awaitable<void> LedgerTally::drain(net::Deadline deadline) {
    // A flush that is under way is let through: cancelled, it could not tell whether it counted.
    stopping_ = true;
    wake_.notify();
    co_await tasks_.drain(deadline);
    const auto flushed = co_await flush();
    if (!flushed) {
        logger_.warning("repeats not counted: {}", base::describe(flushed.error()));
    }
}

asio::awaitable<base::Result<>> LedgerTally::flush() {
    if (figures_.empty()) {
        co_return base::Result<>{};
    }
    auto taken = std::exchange(figures_, {});
    auto query = LedgerStore::add_figures(taken);
    const auto written = co_await pool_.execute(std::move(query.sql), std::move(query.params));
    if (written) {
        co_return base::Result<>{};
    }
    // A commit of unknown outcome is not repeated: too few repeats mislead less than doubled ones.
    if (written.error().native != pg::commit_unknown) {
        for (const auto& [row, figures] : taken) {
            auto& kept = figures_[row];
            kept.repeated += figures.repeated;
            kept.refused += figures.refused;
        }
    }
    co_return std::unexpected(written.error());
}

}  // namespace trunkline::ingest
