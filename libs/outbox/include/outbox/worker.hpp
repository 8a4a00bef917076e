#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "metrics/registry.hpp"
#include "net/asio.hpp"
#include "outbox/message.hpp"
#include "outbox/schedule.hpp"
#include "pg/listener.hpp"

namespace trunkline::outbox {

/// What became of one delivery.
struct Verdict {
    enum class Kind {
        done,   ///< The effect is there, or none is wanted: the message goes.
        retry,  ///< Try again by the schedule, or after `retry_after`.
        dead,   ///< Trying again cannot help: into dead_letters with `reason`.
        wait,   ///< Not yet: nobody was asked, so it was no attempt. Again after `retry_after`.
    } kind = Kind::done;
    std::string reason;
    std::optional<std::chrono::milliseconds> retry_after;
    bool reached = true;  ///< False: the target itself is away, not just this message's luck.
    bool tried = true;    ///< False: the target was not even asked, so this tells nothing of it.
    /// With `retry_after`: it was the peer's wish, so the enterprise's other messages to this
    /// target wait too.
    bool all_wait = false;
    /// Whatever the schedule or the peer says, a retry comes no later than that.
    std::optional<std::chrono::milliseconds> at_most = {};

    static Verdict done() { return {}; }
    /// Done without asking the target, for nothing is wanted any more.
    static Verdict dropped(std::string reason) {
        Verdict verdict;
        verdict.reason = std::move(reason);
        verdict.tried = false;
        return verdict;
    }
    static Verdict retry(std::string reason, std::optional<std::chrono::milliseconds> after = {}) {
        return {Kind::retry, std::move(reason), after};
    }
    /// A retry that tells that nobody answers there: after some of these the target's messages wait
    /// for one that gets through.
    static Verdict unreachable(std::string reason) {
        return {Kind::retry, std::move(reason), {}, false};
    }
    /// Never dies of it: whoever lets a message wait sets an end to that.
    static Verdict wait(std::string reason, std::chrono::milliseconds after) {
        Verdict verdict{Kind::wait, std::move(reason), after};
        verdict.tried = false;
        return verdict;
    }
    static Verdict dead(std::string reason) { return {Kind::dead, std::move(reason), {}}; }
};

struct WorkerSettings {
    std::string queue;
    std::size_t concurrency = 64;  ///< Deliveries under way at once.
    std::size_t per_lane = 16;     ///< Of these, for one (enterprise, target).
    /// Of these, for all (enterprise, target) together whose deliveries keep failing; they get one
    /// each.
    std::size_t for_failing = 16;
    /// What a worker that died had in hand may be taken by somebody else after that; one that lives
    /// renews it.
    std::chrono::milliseconds lease{60'000};
    std::chrono::milliseconds poll{1'000};  ///< In case a NOTIFY is lost.
    Schedule schedule;
};

/// Delivers one queue: claims what is due, in order per order key, hands each item to `deliver`,
/// keeps the result. Several workers, in any processes, share a queue. At least once: a worker that
/// dies in a delivery leaves it to be repeated after the lease. One executor, not thread-safe.
class Worker {
public:
    using Deliver = std::function<asio::awaitable<Verdict>(const Item&)>;

    /// Pool, listener and registry must outlive the worker. Adds its channel to `listener`, so make
    /// it before listener.start().
    Worker(
        asio::any_io_executor executor,
        pg::Pool& pool,
        pg::Listener& listener,
        metrics::Registry& registry,
        WorkerSettings settings,
        Deliver deliver
    );
    ~Worker();

    void start();
    /// Claims nothing more, lets deliveries end until `deadline`, cancels the rest (they come round
    /// again).
    asio::awaitable<void> drain(net::Deadline deadline);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::outbox
