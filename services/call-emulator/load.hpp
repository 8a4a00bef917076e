#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "evidence.hpp"
#include "json/document.hpp"
#include "net/task_group.hpp"
#include "runner.hpp"

namespace trunkline::call_emulator {

/// What POST /loads asks for.
struct LoadOrder {
    double rate = 0;  ///< Events a second.
    std::chrono::seconds lasts{0};
    std::vector<std::string> tokens;  ///< Calls are spread over these enterprises.
    Pace pace{.kind = Pace::Kind::real, .between = {}};
    std::uint64_t seed = 1;
    std::optional<std::string> target;
};

/// invalid_input with every wrong place.
base::Result<LoadOrder> load_order_from_json(json::View view);

/// Milliseconds, sorted when they are read.
class Latencies {
public:
    void add(std::chrono::microseconds took) { all_.push_back(took); }
    /// Milliseconds; 0 if there are none.
    double percentile(double share) const;
    std::size_t size() const { return all_.size(); }

private:
    std::vector<std::chrono::microseconds> all_;
};

/// Real-looking traffic of many enterprises, and what became of it.
struct Load {
    enum class Phase { sending, settling, done, canceled };

    std::string id;
    LoadOrder order;
    std::string target;
    Phase phase = Phase::sending;
    base::WallTime started_at;
    std::optional<base::WallTime> finished_at;
    std::chrono::milliseconds sending_took{0};
    std::size_t calls_begun = 0;
    std::size_t sent = 0;
    std::size_t acknowledged = 0;
    Latencies acknowledgements;
    std::size_t calls_seen = 0;  ///< Whose outcome was asked for.
    std::size_t stored = 0;      ///< Calls that stand in the database as they should.
    std::size_t messages_right = 0;
    std::size_t crm_right = 0;
    std::size_t unsettled = 0;
    std::vector<std::string> examples;             ///< Differences, a few, each as JSON.
    std::string detail;                            ///< Why there are no outcomes.
    std::vector<std::shared_ptr<const Run>> runs;  ///< That are over and not judged yet.

    bool is_over() const { return phase == Phase::done || phase == Phase::canceled; }
};
std::string to_json(const Load& load);

/// One load at a time. One executor.
class Loads {
public:
    static constexpr std::size_t most_kept = 10;

    Loads(
        asio::any_io_executor executor,
        Runner& runner,
        const PatternBook& book,
        Witnesses& witnesses
    );

    /// conflict: one is under way.
    base::Result<std::shared_ptr<const Load>> start(LoadOrder order, std::string target);
    std::shared_ptr<const Load> find(std::string_view id) const;
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    using Runs = std::vector<std::shared_ptr<const Run>>;

    asio::awaitable<void> carry_out(std::shared_ptr<Load> load);
    asio::awaitable<void> send_all(std::shared_ptr<Load> load);
    asio::awaitable<void> play_one(std::shared_ptr<Load> load, Order order);
    asio::awaitable<void> judge(Load& load);
    asio::awaitable<Runs> judge_once(
        Load& load, Runs runs, const SandboxEvidence& sandbox, base::WallTime asked_at, bool is_last
    );

    asio::any_io_executor executor_;
    Runner& runner_;
    const PatternBook& book_;
    Witnesses& witnesses_;
    base::Logger logger_{"call_tester"};
    std::vector<std::shared_ptr<Load>> loads_;
    net::TaskGroup tasks_;
    net::TaskGroup calls_;
};

}  // namespace trunkline::call_emulator
