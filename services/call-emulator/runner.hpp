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
    static constexpr std::size_t most_kept = 100;

    /// `client` and `registry` must outlive it.
    Runner(
        asio::any_io_executor executor,
        httpc::Client& client,
        metrics::Registry& registry,
        std::string timezone
    );

    /// Begins; the run goes on by itself. rate_limited: most_running are under way.
    base::Result<std::shared_ptr<const Run>> start(
        const Order& order, std::string target, const base::TraceContext& trace
    );

    /// One of the last most_kept; null if there is none of that id.
    std::shared_ptr<const Run> find(std::string_view id) const;

    /// Returns when `run` is over, true, or at the deadline, false.
    static asio::awaitable<bool> wait_for_end(
        std::shared_ptr<const Run> run, net::Deadline deadline
    );

    /// Lets runs end until the deadline; what is left is cut and counts as canceled.
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    asio::awaitable<void> play(std::shared_ptr<Run> run);
    asio::awaitable<bool> play_event(Run& run, const PlannedEvent& event);
    void keep(std::shared_ptr<Run> run);
    void finish(Run& run, RunStatus status);

    asio::any_io_executor executor_;
    httpc::Client& client_;
    metrics::Registry& registry_;
    std::string timezone_;
    EmulationLog log_;
    base::Logger logger_{"call_tester"};
    std::uint64_t next_channel_;
    Timetable timetable_;
    std::deque<std::shared_ptr<Run>> runs_;
    net::TaskGroup tasks_;
};

}  // namespace trunkline::call_emulator
