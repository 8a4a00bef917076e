#include "correlator.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "contract/card_update.hpp"
#include "contract/dispatch.hpp"
#include "correlation_batch.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"

namespace trunkline::ingest {
namespace {

constexpr auto poll = std::chrono::milliseconds(1000);
constexpr auto after_failure = std::chrono::milliseconds(500);

}  // namespace

struct Correlator::State {
    State(
        asio::any_io_executor executor_in,
        CallStore& store_in,
        tenants::Directory& directory_in,
        metrics::Registry& registry,
        CorrelatorSettings settings_in
    )
        : executor(std::move(executor_in)),
          store(store_in),
          directory(directory_in),
          settings(std::move(settings_in)),
          wake(executor),
          loop(executor, "correlator"),
          workers(executor, "correlator"),
          correlated(registry.counter("ingest_correlated_total", "Events worked into calls", {})) {}

    asio::awaitable<void> run();
    asio::awaitable<void> hand_out();
    asio::awaitable<void> work(std::string enterprise);
    /// How many events it took; nothing if another replica has the enterprise.
    asio::awaitable<base::Result<int>> work_once(std::string enterprise);
    asio::awaitable<base::Result<int>> work_in(
        pg::Session& session, const tenants::Enterprise& enterprise
    );
    asio::awaitable<base::Result<call::Tracker>> restored_tracker(
        pg::Session& session, const tenants::Enterprise& enterprise
    );
    asio::awaitable<base::Result<>> look_up_bodies(
        pg::Session& session, const std::string& enterprise, std::vector<Dispatched>& dispatched
    );

    asio::any_io_executor executor;
    CallStore& store;
    tenants::Directory& directory;
    CorrelatorSettings settings;
    base::Logger logger{"correlator"};
    net::Event wake;
    net::TaskGroup loop;
    net::TaskGroup workers;
    std::set<std::string> busy;
    bool stopping = false;
    metrics::Counter& correlated;
};

Correlator::Correlator(
    asio::any_io_executor executor,
    CallStore& store,
    pg::Listener& listener,
    tenants::Directory& directory,
    metrics::Registry& registry,
    CorrelatorSettings settings
)
    : state_(std::make_unique<State>(
          std::move(executor), store, directory, registry, std::move(settings)
      )) {
    auto* state = state_.get();
    listener.on("pending_events", [state](const std::string&) { state->wake.notify(); });
    listener.on_gap([state] { state->wake.notify(); });
}

Correlator::~Correlator() = default;

void Correlator::start() { state_->loop.spawn("run", state_->run()); }

asio::awaitable<void> Correlator::drain(net::Deadline deadline) {
    state_->stopping = true;
    state_->loop.cancel();
    co_await state_->loop.join();
    co_await state_->workers.drain(deadline);
}

asio::awaitable<void> Correlator::State::run() {
    while (!stopping) {
        co_await hand_out();
        auto pause = poll;
        if (const auto timer = co_await store.until_timer(poll); timer) {
            pause = std::min(pause, *timer);
        }
        co_await wake.wait_until(net::deadline_in(pause));
    }
}

/// Gives every enterprise that has work, and no worker, one of the free workers.
asio::awaitable<void> Correlator::State::hand_out() {
    if (busy.size() >= settings.concurrency) {
        co_return;
    }
    const auto enterprises = co_await store.enterprises_with_work();
    if (!enterprises) {
        logger.debug("cannot look for work: {}", base::describe(enterprises.error()));
        co_return;
    }
    for (const auto& enterprise : *enterprises) {
        if (busy.size() >= settings.concurrency) {
            break;
        }
        if (busy.insert(enterprise).second) {
            workers.spawn("work", work(enterprise));
        }
    }
}

asio::awaitable<void> Correlator::State::work(std::string enterprise) {
    struct Leave {
        State& state;
        const std::string& enterprise;
        ~Leave() {
            state.busy.erase(enterprise);
            state.wake.notify();
        }
    } leave{*this, enterprise};
    while (!stopping) {
        const auto taken = co_await work_once(enterprise);
        if (!taken) {
            logger.warning(
                "{}: events not worked in: {}", enterprise, base::describe(taken.error())
            );
            net::Event pause(executor);
            co_await pause.wait_until(net::deadline_in(after_failure));
            co_return;
        }
        if (*taken < settings.batch) {
            co_return;
        }
    }
}

asio::awaitable<base::Result<int>> Correlator::State::work_once(std::string enterprise) {
    const auto known =
        co_await directory.find_or_load(enterprise, net::deadline_in(std::chrono::seconds(5)));
    // An enterprise that was removed while its events waited: they are worked in under its number
    // all the same.
    auto tenant = known ? known : std::make_shared<const tenants::Enterprise>(nameless(enterprise));
    std::function<asio::awaitable<base::Result<int>>(pg::Session&)> body =
        [this, tenant](pg::Session& session) { return work_in(session, *tenant); };
    co_return co_await store.pool().transaction<int>(std::move(body));
}

asio::awaitable<base::Result<int>> Correlator::State::work_in(
    pg::Session& session, const tenants::Enterprise& enterprise
) {
    const auto locked = co_await CallStore::lock(session, enterprise.number);
    if (!locked) {
        co_return std::unexpected(locked.error());
    }
    if (!*locked) {
        co_return 0;
    }
    const auto events = co_await CallStore::pending(session, enterprise.number, settings.batch);
    if (!events) {
        co_return std::unexpected(events.error());
    }
    auto tracker = co_await restored_tracker(session, enterprise);
    if (!tracker) {
        co_return std::unexpected(tracker.error());
    }
    auto outcome = correlate(*tracker, enterprise, *events, base::system_clock().now());
    const auto complete = co_await look_up_bodies(session, enterprise.number, outcome.dispatched);
    if (!complete) {
        co_return std::unexpected(complete.error());
    }
    outcome.result.gateway = gateway_messages(enterprise, outcome.dispatched);
    const auto written =
        co_await CallStore::write(session, enterprise.number, std::move(outcome.result));
    if (!written) {
        co_return std::unexpected(written.error());
    }
    correlated.add(static_cast<double>(events->size()));
    co_return static_cast<int>(events->size());
}

asio::awaitable<base::Result<call::Tracker>> Correlator::State::restored_tracker(
    pg::Session& session, const tenants::Enterprise& enterprise
) {
    const auto states = co_await CallStore::live_states(session, enterprise.number);
    if (!states) {
        co_return std::unexpected(states.error());
    }
    auto tracker =
        call::Tracker(tracker_settings(enterprise, settings.timers, settings.default_timezone));
    for (const auto& state : *states) {
        auto live = call::live_call_from_json(state);
        if (!live) {
            logger.error(
                "{}: a live call cannot be read and is left out: {}",
                enterprise.number,
                live.error().detail
            );
            continue;
        }
        tracker.restore(std::move(*live));
    }
    co_return tracker;
}

/// A call that ended by a timer is told with the body of the event that it goes back to.
asio::awaitable<base::Result<>> Correlator::State::look_up_bodies(
    pg::Session& session, const std::string& enterprise, std::vector<Dispatched>& dispatched
) {
    for (auto& item : dispatched) {
        if (!item.body.empty()) {
            continue;
        }
        const std::string wanted(
            item.kind == call::DispatchKind::update ? "hangup" : call::to_string(item.kind)
        );
        auto body =
            co_await CallStore::last_body(session, enterprise, item.call.unique_ids, wanted);
        if (!body) {
            co_return std::unexpected(body.error());
        }
        item.body = body->value_or("{}");
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::ingest
