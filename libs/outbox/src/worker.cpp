#include "outbox/worker.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <map>
#include <set>
#include <utility>

#include "base/log.hpp"
#include "circuits.hpp"
#include "lanes.hpp"
#include "net/event.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "store.hpp"

namespace trunkline::outbox {
namespace {

/// A peer's wish for more than that holds for the message alone.
constexpr std::chrono::milliseconds longest_lane_pause{60'000};

}  // namespace

struct Worker::State {
    State(
        asio::any_io_executor executor_in,
        pg::Pool& pool,
        metrics::Registry& registry,
        WorkerSettings settings_in,
        Deliver deliver_in
    )
        : executor(std::move(executor_in)),
          settings(std::move(settings_in)),
          deliver(std::move(deliver_in)),
          store(pool, settings.queue),
          lanes(settings.concurrency, settings.per_lane, settings.for_failing),
          logger("outbox." + settings.queue),
          wake(executor),
          finished(executor),
          renewed(executor),
          loops(executor, logger_name()),
          deliveries(executor, logger_name()),
          delivered(registry.counter(
              "outbox_delivered_total", "Messages delivered", {{"queue", settings.queue}}
          )),
          retried(registry.counter(
              "outbox_retries_total", "Deliveries to be repeated", {{"queue", settings.queue}}
          )),
          died(registry.counter(
              "outbox_dead_total", "Messages given up", {{"queue", settings.queue}}
          )),
          waiting(
              registry.gauge("outbox_waiting", "Messages that wait", {{"queue", settings.queue}})
          ),
          oldest(registry.gauge(
              "outbox_oldest_seconds", "Age of the oldest message", {{"queue", settings.queue}}
          )) {}

    std::string logger_name() const { return "outbox." + settings.queue; }

    asio::awaitable<void> claim_loop();
    asio::awaitable<bool> claim_once();
    asio::awaitable<void> probe();
    asio::awaitable<base::Result<std::size_t>> take(Claim claim);
    asio::awaitable<void> deliver_one(Item item, std::chrono::steady_clock::time_point since);
    asio::awaitable<Verdict> call_deliver(const Item& item);
    asio::awaitable<void> keep(const Item& item, const Verdict& verdict);
    asio::awaitable<void> let_wait(const Item& item, const Verdict& verdict);
    asio::awaitable<void> remove_loop();
    asio::awaitable<void> renew_loop();
    asio::awaitable<void> measure_loop();
    void learn(const Item& item, const Verdict& verdict);

    /// A delivery under way.
    struct Held {
        std::int64_t claim = 0;
        std::chrono::steady_clock::time_point since;
    };

    asio::any_io_executor executor;
    WorkerSettings settings;
    Deliver deliver;
    Store store;
    Lanes lanes;
    Circuits circuits;
    std::size_t targets = 1;  ///< How many had something in the last claims.
    base::Logger logger;
    net::Event wake;
    net::Event finished;
    net::Event renewed;
    net::TaskGroup loops;
    net::TaskGroup deliveries;
    std::vector<Handle> done;  ///< Delivered; their rows go in the next statement of remove_loop.
    std::map<std::int64_t, Held> held;
    bool renewing = false;
    bool removing = false;
    bool stopping = false;
    metrics::Counter& delivered;
    metrics::Counter& retried;
    metrics::Counter& died;
    metrics::Gauge& waiting;
    metrics::Gauge& oldest;
};

Worker::Worker(
    asio::any_io_executor executor,
    pg::Pool& pool,
    pg::Listener& listener,
    metrics::Registry& registry,
    WorkerSettings settings,
    Deliver deliver
)
    : state_(std::make_unique<State>(
          std::move(executor), pool, registry, std::move(settings), std::move(deliver)
      )) {
    auto* state = state_.get();
    listener.on("outbox_" + state->settings.queue, [state](const std::string&) {
        state->wake.notify();
    });
    listener.on_gap([state] { state->wake.notify(); });
}

Worker::~Worker() = default;

void Worker::start() {
    state_->loops.spawn("claim", state_->claim_loop());
    state_->loops.spawn("remove", state_->remove_loop());
    state_->loops.spawn("renew", state_->renew_loop());
    state_->loops.spawn("measure", state_->measure_loop());
}

asio::awaitable<void> Worker::drain(net::Deadline deadline) {
    state_->stopping = true;
    co_await state_->deliveries.drain(deadline);
    // What was delivered must not be delivered again for want of a DELETE.
    while ((!state_->done.empty() || state_->removing) &&
           net::time_left(deadline) > net::Duration::zero()) {
        state_->finished.notify();
        co_await net::sleep_for(std::chrono::milliseconds(5));
    }
    state_->loops.cancel();
    co_await state_->loops.join();
}

asio::awaitable<void> Worker::State::claim_loop() {
    while (!stopping) {
        if (lanes.free_slots() > 0) {
            const bool look_again = co_await claim_once();
            if (look_again) {
                continue;
            }
        }
        if (lanes.free_slots() > 0) {
            co_await probe();
        }
        auto pause = settings.poll;
        const auto due = co_await store.until_due(settings.poll);
        if (due) {
            pause = std::max(*due, std::chrono::milliseconds(1));
        }
        const auto deadline = net::deadline_in(pause);
        co_await wake.wait_until(circuits.next_probe(lanes.next_probe(deadline)));
    }
}

asio::awaitable<base::Result<std::size_t>> Worker::State::take(Claim claim) {
    auto items = co_await store.claim(std::move(claim), lanes, settings.lease);
    if (!items) {
        logger.warning("cannot claim work: {}", base::describe(items.error()));
        co_return std::unexpected(items.error());
    }
    std::set<std::string> seen;
    for (auto& item : *items) {
        seen.insert(item.message.target);
        const auto now = std::chrono::steady_clock::now();
        lanes.enter(item.message.enterprise_number, item.message.target, now);
        held[item.id] = {item.claim, now};
        deliveries.spawn("deliver", deliver_one(std::move(item), now));
    }
    targets = std::max<std::size_t>(seen.size(), 1);
    co_return items->size();
}

/// True: there may be more to take at once.
asio::awaitable<bool> Worker::State::claim_once() {
    // A lane may overshoot within one claim by what the claim itself brings; the batch is therefore
    // kept small.
    const auto limit = std::min<std::size_t>(lanes.free_slots(), 32);
    const auto per_target = std::max<std::size_t>((limit + targets - 1) / targets, 1);
    Claim claim{
        .limit = limit,
        .per_target = per_target,
        .except = circuits.open(),
        .only = {},
        .only_enterprise = {}
    };
    const auto taken = co_await take(std::move(claim));
    co_return taken && *taken >= per_target;
}

/// One message for each target that was away long enough, and one for each lane that keeps failing.
asio::awaitable<void> Worker::State::probe() {
    for (const auto& target : circuits.take_probes(std::chrono::steady_clock::now())) {
        Claim claim{
            .limit = 1, .per_target = 1, .except = {}, .only = target, .only_enterprise = {}
        };
        const auto taken = co_await take(std::move(claim));
        if (!taken || *taken == 0) {
            circuits.no_probe(target);
        }
    }
    for (const auto& lane : lanes.take_probes(std::chrono::steady_clock::now())) {
        Claim claim{
            .limit = 1,
            .per_target = 1,
            .except = circuits.open(),
            .only = lane.second,
            .only_enterprise = lane.first
        };
        const auto taken = co_await take(std::move(claim));
        if (taken && *taken == 0) {
            lanes.no_probe(lane);
        }
    }
}

asio::awaitable<void> Worker::State::deliver_one(
    Item item, std::chrono::steady_clock::time_point since
) {
    struct Leave {
        State& state;
        const Item& item;
        std::chrono::steady_clock::time_point since;
        ~Leave() {
            state.held.erase(item.id);
            state.lanes.leave(item.message.enterprise_number, item.message.target, since);
            state.wake.notify();
        }
    } leave{*this, item, since};
    const auto verdict = co_await call_deliver(item);
    learn(item, verdict);
    // A renewal that is on its way must not undo what is kept now.
    held.erase(item.id);
    while (renewing) {
        co_await renewed.wait_until(net::deadline_in(std::chrono::seconds(1)));
    }
    co_await keep(item, verdict);
}

/// What a delivery says about its target and its lane.
void Worker::State::learn(const Item& item, const Verdict& verdict) {
    const auto& enterprise = item.message.enterprise_number;
    const auto& target = item.message.target;
    const auto now = std::chrono::steady_clock::now();
    if (!verdict.tried) {
        circuits.untried(target);
        lanes.untried(enterprise, target, now);
        return;
    }
    if (!verdict.reached) {
        circuits.failed(target, now);
        return;
    }
    circuits.worked(target);
    if (verdict.kind != Verdict::Kind::retry) {
        lanes.worked(enterprise, target);
    } else if (verdict.all_wait && verdict.retry_after) {
        lanes.pause(enterprise, target, now + std::min(*verdict.retry_after, longest_lane_pause));
    } else {
        lanes.failed(enterprise, target, now);
    }
}

/// Whoever has long work in hand says so before the lease ends.
asio::awaitable<void> Worker::State::renew_loop() {
    for (;;) {
        co_await net::sleep_for(settings.lease / 3);
        const auto old = std::chrono::steady_clock::now() - settings.lease / 4;
        std::vector<std::int64_t> ids;
        std::vector<std::int64_t> claims;
        for (const auto& [id, one] : held) {
            if (one.since <= old) {
                ids.push_back(id);
                claims.push_back(one.claim);
            }
        }
        if (ids.empty()) {
            continue;
        }
        renewing = true;
        const auto kept = co_await store.renew(std::move(ids), std::move(claims), settings.lease);
        renewing = false;
        renewed.notify();
        if (!kept) {
            logger.warning("cannot renew claims: {}", base::describe(kept.error()));
        }
    }
}

asio::awaitable<Verdict> Worker::State::call_deliver(const Item& item) {
    std::string failure;
    try {
        co_return co_await deliver(item);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) {
            throw;
        }
        failure = error.what();
    } catch (const std::exception& error) {
        failure = error.what();
    }
    logger.error("delivery of {} {} failed: {}", item.message.kind, item.id, failure);
    co_return Verdict::retry(failure);
}

asio::awaitable<void> Worker::State::keep(const Item& item, const Verdict& verdict) {
    if (verdict.kind == Verdict::Kind::done) {
        delivered.add();
        done.push_back(handle_of(item));
        finished.notify();
        co_return;
    }
    if (verdict.kind == Verdict::Kind::wait) {
        co_await let_wait(item, verdict);
        co_return;
    }
    const auto now = base::system_clock().now();
    const auto pause =
        verdict.kind == Verdict::Kind::dead
            ? std::nullopt
            : next_pause(
                  settings.schedule, item.attempt, item.created_at, now, verdict.retry_after
              );
    if (pause) {
        retried.add();
        const auto when = std::min(*pause, verdict.at_most.value_or(*pause));
        const auto kept = co_await store.postpone(item, when, verdict.reason);
        if (!kept) {
            logger.warning(
                "{} {}: cannot postpone: {}",
                item.message.kind,
                item.id,
                base::describe(kept.error())
            );
        }
        co_return;
    }
    died.add();
    logger.with_trace(item.message.trace_id)
        .error(
            "{} for {} of {} is dead after {} attempts: {}",
            item.message.kind,
            item.message.target,
            item.message.enterprise_number,
            item.attempt,
            verdict.reason
        );
    const auto kept = co_await store.bury(item, verdict.reason);
    if (!kept) {
        logger.warning(
            "{} {}: cannot bury: {}", item.message.kind, item.id, base::describe(kept.error())
        );
    }
}

asio::awaitable<void> Worker::State::let_wait(const Item& item, const Verdict& verdict) {
    const auto pause =
        std::max(verdict.retry_after.value_or(settings.poll), std::chrono::milliseconds(1));
    const auto kept = co_await store.wait(item, pause, verdict.reason);
    if (!kept) {
        // Its lease ends soon, and it comes round again.
        logger.warning(
            "{} {}: cannot let it wait: {}",
            item.message.kind,
            item.id,
            base::describe(kept.error())
        );
    }
}

/// Deletes what was delivered, many rows a statement; a row's successor in its order key can be
/// claimed only after.
asio::awaitable<void> Worker::State::remove_loop() {
    for (;;) {
        if (done.empty()) {
            co_await finished.wait();
            continue;
        }
        removing = true;
        const auto batch = std::exchange(done, {});
        const auto removed = co_await store.remove(batch);
        removing = false;
        if (!removed) {
            logger.warning("cannot remove what was delivered: {}", base::describe(removed.error()));
            done.insert(done.begin(), batch.begin(), batch.end());
            co_await net::sleep_for(settings.poll);
            continue;
        }
        wake.notify();
    }
}

/// Counting takes the server longer the more there is, and may have no more than its share of it.
asio::awaitable<void> Worker::State::measure_loop() {
    constexpr net::Duration shortest = std::chrono::seconds(15);
    constexpr net::Duration longest = std::chrono::minutes(2);
    constexpr int pauses_per_count = 200;
    for (;;) {
        const auto from = std::chrono::steady_clock::now();
        const auto depth = co_await store.depth();
        const auto took = std::chrono::steady_clock::now() - from;
        if (depth) {
            waiting.set(static_cast<double>(depth->waiting));
            oldest.set(depth->oldest_seconds);
        }
        co_await net::sleep_for(
            depth ? std::clamp<net::Duration>(took * pauses_per_count, shortest, longest) : shortest
        );
    }
}

}  // namespace trunkline::outbox
