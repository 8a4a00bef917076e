#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/trace.hpp"
#include "emulation_log.hpp"
#include "httpc/client.hpp"
#include "metrics/registry.hpp"
#include "net/task_group.hpp"
#include "order.hpp"
#include "run.hpp"
#include "timetable.hpp"

namespace trunkline::call_emulator {

/// Plays calls as an exchange would: one event after another, three seconds for each, none sent
/// twice. One executor.
class Runner {
public:
    static constexpr std::size_t most_running = 16;
    static constexpr std::size_t most_kept = 300;
    static constexpr std::size_t most_batches_kept = 20;

    /// `client` and `registry` must outlive it.
    Runner(
        asio::any_io_executor executor,
        httpc::Client& client,
        metrics::Registry& registry,
        std::string timezone
    );

    /// Begins one run, which goes on by itself. rate_limited: most_running are under way.
    base::Result<std::shared_ptr<const Run>> start(
        const Order& order, std::string target, const base::TraceContext& trace
    );
    /// Begins order.repeat runs, order.parallel at once. rate_limited as above.
    base::Result<std::shared_ptr<const Batch>> start_batch(
        const Order& order, const std::string& target, const base::TraceContext& trace
    );

    /// One of the last most_kept; null if there is none of that id.
    std::shared_ptr<const Run> find(std::string_view id) const;
    std::shared_ptr<const Batch> find_batch(std::string_view id) const;
    /// Oldest first.
    const std::deque<std::shared_ptr<Run>>& runs() const { return runs_; }

    /// Returns when `run` is over, true, or at the deadline, false.
    static asio::awaitable<bool> wait_for_end(
        std::shared_ptr<const Run> run, net::Deadline deadline
    );

    static asio::awaitable<bool> wait_for_end(
        std::shared_ptr<const Batch> batch, net::Deadline deadline
    );

    /// Plays one call to its end, for those who start many (load.hpp): beside the bound of
    /// most_running, and kept by the caller alone.
    asio::awaitable<base::Result<std::shared_ptr<const Run>>> play_one(
        const Order& order, std::string target, base::TraceContext trace
    );

    /// Lets runs end until the deadline; what is left is cut and counts as canceled.
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    base::Result<std::shared_ptr<Run>> make_run(
        const Order& order, std::string target, const base::TraceContext& trace, unsigned index
    );
    asio::awaitable<void> play(std::shared_ptr<Run> run);
    asio::awaitable<void> play_counted(std::shared_ptr<Run> run);
    asio::awaitable<void> play_next_ones(
        std::shared_ptr<Batch> batch, Order order, std::string target, base::TraceContext trace
    );
    asio::awaitable<bool> play_event(Run& run, const PlannedEvent& event);
    asio::awaitable<bool> catch_up(Run& run);
    void note(Run& run, Sent sent);
    void keep(std::shared_ptr<Run> run);
    void finish(Run& run, RunStatus status);

    asio::any_io_executor executor_;
    httpc::Client& client_;
    metrics::Registry& registry_;
    std::string timezone_;
    EmulationLog log_;
    base::Logger logger_{"call_tester"};
    std::uint64_t next_channel_;
    std::size_t running_ = 0;  ///< Runs and workers of batches.
    Timetable timetable_;
    std::deque<std::shared_ptr<Run>> runs_;
    std::deque<std::shared_ptr<Batch>> batches_;
    net::TaskGroup tasks_;
};

}  // namespace trunkline::call_emulator
