#include "correlator.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <exception>
#include <map>
#include <set>
#include <utility>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "correlation_batch.hpp"
#include "ledger_metrics.hpp"
#include "ledger_rules.hpp"
#include "ledger_store.hpp"
#include "net/event.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "pg/batch_rules.hpp"
#include "tracker_cache.hpp"

namespace trunkline::ingest {
namespace {

constexpr auto look_around_every = std::chrono::milliseconds(1000);
constexpr auto after_failure = std::chrono::milliseconds(500);
constexpr auto after_locked = std::chrono::milliseconds(20);
constexpr auto first_block = std::chrono::seconds(2);
constexpr auto longest_block = std::chrono::seconds(60);
/// From one batch to the next, so that a stream of single events is not a transaction each. Where
/// many come their transactions held up the answers; so much later a message is no later for
/// people.
constexpr auto gather_time = std::chrono::milliseconds(5);
constexpr auto brisk_gather_time = std::chrono::milliseconds(25);
constexpr std::size_t enough_gathered = 64;
constexpr int enterprises_at_once = 64;
constexpr int batches_at_once = 64;
constexpr int yielded_share = 9;  ///< While the intake is busy, of the time that a batch took.
constexpr net::Duration longest_yield = std::chrono::milliseconds(200);

/// Where events are taken from.
enum class Source : std::uint8_t {
    memory,
    tables,  ///< More waits there than memory holds. Nobody hands events on.
    /// As tables, but what comes now is kept, to go on with when what came before is worked in.
    tables_until_memory,
};

/// What one transaction is to do.
struct Work {
    std::vector<std::string> enterprises;
    std::vector<EventPointer> events;  ///< Of these enterprises, from memory.
    bool from_table = false;           ///< The oldest waiting ones are read back instead.
};

/// What became of it.
struct Done {
    std::size_t events = 0;
    std::vector<std::string> locked_out;  ///< Somebody else had them.
};

}  // namespace

struct Correlator::State {
    State(
        asio::any_io_executor executor_in,
        CorrelationStore& store_in,
        tenants::Directory& directory_in,
        metrics::Registry& registry,
        CorrelatorSettings settings_in
    )
        : store(store_in),
          directory(directory_in),
          settings(std::move(settings_in)),
          trackers(settings.max_cached_calls),
          wake(executor_in),
          loop(std::move(executor_in), "correlator"),
          correlated(registry.counter("ingest_correlated_total", "Events worked into calls", {})),
          waiting(registry.gauge(
              "ingest_correlation_waiting", "Stored events in memory that wait for correlation", {}
          )),
          reading_back(registry.gauge(
              "ingest_correlation_reading_back",
              "1 while events that wait are read back from the database",
              {}
          )),
          failed(registry.counter(
              "ingest_correlation_failures_total", "Batches that were rolled back", {}
          )),
          ledger_metrics(registry) {}

    asio::awaitable<void> run();
    asio::awaitable<bool> step();
    asio::awaitable<bool> work_in(Work work);
    asio::awaitable<void> after_error(Work work, base::Error error);
    asio::awaitable<base::Result<Done>> transact(pg::Session& session, const Work& work);
    asio::awaitable<base::Result<CorrelationStore::Taken>> take_events(
        pg::Session& session, const Work& work, const std::vector<std::string>& locked
    );
    asio::awaitable<base::Result<std::map<std::string, TrackerCache::Entry>>> trackers_of(
        pg::Session& session, const CorrelationStore::Taken& taken
    );
    /// The stored counters of the exchanges that number their events in this batch.
    static asio::awaitable<base::Result<LedgerStore::Counters>> counters_of(
        pg::Session& session, const std::vector<EventPointer>& events
    );
    call::Tracker restored(
        const tenants::Enterprise& enterprise, const std::vector<std::string>& states
    ) const;
    asio::awaitable<base::Result<>> look_up_bodies(
        pg::Session& session, std::string enterprise, std::vector<Dispatched>& dispatched
    );
    tenants::Directory::Pointer tenant_of(const std::string& number);

    Work from_memory();
    asio::awaitable<std::optional<Work>> look_around();
    void read_tables();
    void collect();
    bool has_backlog() const { return source != Source::memory; }
    void show() const;
    std::chrono::milliseconds pause() const;
    bool is_blocked(const std::string& enterprise) const;

    CorrelationStore& store;
    tenants::Directory& directory;
    CorrelatorSettings settings;
    std::function<Pace()> intake = [] { return Pace::calm; };
    base::Logger logger{"correlator"};
    TrackerCache trackers;
    /// Enterprises that the directory does not have; kept, for the cache knows a tenant by its
    /// address.
    std::map<std::string, tenants::Directory::Pointer> strangers;
    net::Event wake;
    net::TaskGroup loop;
    std::deque<EventPointer> queue;
    /// Of a batch that was committed: they go back into the cache only then.
    std::map<std::string, TrackerCache::Entry> in_hand;
    LedgerStore::Deltas in_books;  ///< Of the same batch, for the metrics.
    /// Written on the executor only.
    std::atomic<Source> source = Source::tables;
    base::WallTime collected_from;  ///< What was received earlier is in the tables alone.
    std::string cursor;             ///< Up to which enterprise the table was read in this round.
    base::WallTime until;           ///< What was received later is not looked for in this round.
    bool found_any = false;         ///< In this round over the enterprises.
    std::set<std::string> locked_out;
    net::Deadline look_at{};
    struct Block {
        net::Deadline until;
        std::chrono::seconds pause;
    };
    std::map<std::string, Block> blocked;  ///< Enterprises whose events cannot be worked in now.
    bool stopping = false;
    metrics::Counter& correlated;
    metrics::Gauge& waiting;
    metrics::Gauge& reading_back;
    metrics::Counter& failed;
    LedgerMetrics ledger_metrics;
};

Correlator::Correlator(
    asio::any_io_executor executor,
    CorrelationStore& store,
    pg::Listener& listener,
    tenants::Directory& directory,
    metrics::Registry& registry,
    CorrelatorSettings settings
)
    : state_(std::make_unique<State>(
          std::move(executor), store, directory, registry, std::move(settings)
      )) {
    // After the database was away other replicas may be gone.
    listener.on_gap([state = state_.get()] {
        state->read_tables();
        state->wake.notify();
    });
}

Correlator::~Correlator() = default;

void Correlator::yield_to(std::function<Pace()> intake) { state_->intake = std::move(intake); }

void Correlator::start() { state_->loop.spawn("run", state_->run()); }

void Correlator::stored(std::vector<EventPointer> events) {
    if (state_->source == Source::tables) {
        // They are read there, in their order.
    } else if (state_->queue.size() + events.size() > state_->settings.max_waiting) {
        state_->read_tables();
    } else {
        std::ranges::move(events, std::back_inserter(state_->queue));
        state_->show();
    }
    state_->wake.notify();
}

bool Correlator::reads_back() const { return state_->source == Source::tables; }

void Correlator::stored_unseen() {
    // What was kept back before events were collected is older than those, and is read.
    if (state_->source == Source::memory) {
        state_->read_tables();
    }
    state_->wake.notify();
}

asio::awaitable<void> Correlator::drain(net::Deadline deadline) {
    state_->stopping = true;
    state_->wake.notify();
    co_await state_->loop.drain(deadline);
}

asio::awaitable<void> Correlator::State::run() {
    while (!stopping) {
        const auto from = std::chrono::steady_clock::now();
        const bool more = co_await step();
        const auto took = std::chrono::steady_clock::now() - from;
        const auto pace = intake();
        const auto gather = pace == Pace::calm ? gather_time : brisk_gather_time;
        if (more && pace == Pace::flood) {
            const auto rest = std::min<net::Duration>(took * yielded_share, longest_yield);
            co_await net::sleep_for(std::chrono::ceil<std::chrono::milliseconds>(rest));
        } else if (more && !has_backlog() && took < gather && queue.size() < enough_gathered) {
            co_await net::sleep_for(std::chrono::ceil<std::chrono::milliseconds>(gather - took));
        } else if (!more && !stopping) {
            co_await wake.wait_until(net::deadline_in(pause()));
        }
    }
}

/// One transaction's worth; false if there was nothing to do.
asio::awaitable<bool> Correlator::State::step() {
    if (!directory.is_loaded()) {
        look_at = net::deadline_in(after_locked);
        co_return false;
    }
    if (!has_backlog() && !queue.empty()) {
        auto work = from_memory();
        co_return co_await work_in(std::move(work));
    }
    const auto now = base::system_clock().now();
    auto due = trackers.due(now, enterprises_at_once);
    std::erase_if(due, [this](const std::string& number) { return is_blocked(number); });
    if (!due.empty()) {
        Work work{.enterprises = std::move(due), .events = {}, .from_table = false};
        co_return co_await work_in(std::move(work));
    }
    if (!has_backlog() && locked_out.empty() && net::time_left(look_at) > net::Duration::zero()) {
        co_return false;
    }
    auto work = co_await look_around();
    if (!work) {
        co_return false;
    }
    co_return co_await work_in(std::move(*work));
}

Work Correlator::State::from_memory() {
    Work work;
    std::set<std::string> enterprises;
    const auto belongs_to_last = [&] {
        return !work.events.empty() && work.events.back()->batch_id == queue.front()->batch_id;
    };
    while (!queue.empty() && (work.events.size() < settings.batch || belongs_to_last())) {
        auto event = std::move(queue.front());
        queue.pop_front();
        if (!is_blocked(event->enterprise_number)) {
            enterprises.insert(event->enterprise_number);
            work.events.push_back(std::move(event));
        }
    }
    show();
    work.enterprises.assign(enterprises.begin(), enterprises.end());
    return work;
}

void Correlator::State::read_tables() {
    source = Source::tables;
    queue.clear();
    show();
}

/// Whoever saw that nobody wants events saw it before the source was set, and whatever he kept back
/// was received earlier still.
void Correlator::State::collect() {
    source = Source::tables_until_memory;
    collected_from = base::system_clock().now();
    show();
}

void Correlator::State::show() const {
    waiting.set(static_cast<double>(queue.size()));
    reading_back.set(has_backlog() ? 1 : 0);
}

/// What the table holds for us: the backlog, what a dead replica left, timers of trackers that
/// nobody has in memory. Nothing while the database is away.
asio::awaitable<std::optional<Work>> Correlator::State::look_around() {
    if (cursor.empty()) {
        if (source == Source::tables && intake() != Pace::flood) {
            collect();
        }
        const auto now = base::system_clock().now();
        until = source == Source::tables_until_memory  ? collected_from
                : has_backlog() || !locked_out.empty() ? now + std::chrono::hours(1)
                                                       : now - settings.orphaned;
        locked_out.clear();
        const auto broken_up = co_await store.break_up(until, batches_at_once);
        if (!broken_up) {
            logger.debug("cannot look for batches: {}", base::describe(broken_up.error()));
            look_at = net::deadline_in(after_failure);
            co_return std::nullopt;
        }
        found_any = found_any || *broken_up > 0;
    }
    const auto found = co_await store.enterprises_waiting(cursor, until, enterprises_at_once);
    if (!found) {
        logger.debug("cannot look for work: {}", base::describe(found.error()));
        look_at = net::deadline_in(after_failure);
        co_return std::nullopt;
    }
    Work work{.enterprises = *found, .events = {}, .from_table = true};
    std::erase_if(work.enterprises, [this](const auto& number) { return is_blocked(number); });
    if (!found->empty()) {
        cursor = found->back();
        co_return work;
    }
    cursor.clear();
    if (std::exchange(found_any, false) || source == Source::tables) {
        co_return Work{};  // Round again from the first.
    }
    source = Source::memory;
    show();
    look_at = net::deadline_in(look_around_every);
    const auto due = co_await store.enterprises_due(enterprises_at_once);
    if (!due || due->empty()) {
        co_return std::nullopt;
    }
    work.enterprises = *due;
    std::erase_if(work.enterprises, [this](const auto& number) { return is_blocked(number); });
    work.from_table = false;
    co_return work.enterprises.empty() ? std::nullopt : std::optional(work);
}

std::chrono::milliseconds Correlator::State::pause() const {
    if (!locked_out.empty()) {
        return after_locked;
    }
    auto left = std::chrono::ceil<std::chrono::milliseconds>(net::time_left(look_at));
    if (const auto timer = trackers.next_timer()) {
        const auto timer_left =
            std::chrono::ceil<std::chrono::milliseconds>(*timer - base::system_clock().now());
        left = std::min(left, timer_left);
    }
    return std::clamp(left, std::chrono::milliseconds(1), look_around_every);
}

bool Correlator::State::is_blocked(const std::string& enterprise) const {
    const auto block = blocked.find(enterprise);
    return block != blocked.end() && net::time_left(block->second.until) > net::Duration::zero();
}

/// True: look for more at once.
asio::awaitable<bool> Correlator::State::work_in(Work work) {
    if (work.enterprises.empty()) {
        co_return true;
    }
    std::ranges::sort(work.enterprises);
    for (const auto& enterprise : work.enterprises) {
        if (!directory.by_number(enterprise)) {
            (void
            )co_await directory.find_or_load(enterprise, net::deadline_in(std::chrono::seconds(5)));
        }
    }
    std::function<asio::awaitable<base::Result<Done>>(pg::Session&)> body =
        [this, &work](pg::Session& session) { return transact(session, work); };
    // What the database holds may be what nobody thought of, and must not end the loop for all.
    base::Result<Done> done;
    std::exception_ptr thrown;
    try {
        done = co_await store.pool().transaction<Done>(std::move(body));
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown) {
        done = std::unexpected(pg::defect_of(thrown));
    }
    auto trackers_now = std::exchange(in_hand, {});
    const auto books_now = std::exchange(in_books, {});
    if (!done) {
        failed.add();
        co_await after_error(std::move(work), done.error());
        co_return true;
    }
    for (auto& [enterprise, entry] : trackers_now) {
        trackers.put(enterprise, std::move(entry));
        blocked.erase(enterprise);
    }
    for (const auto& [enterprise, ledger] : books_now) {
        ledger_metrics.note(enterprise, ledger);
    }
    correlated.add(static_cast<double>(done->events));
    // What somebody else has locked is tried again soon, and holds up nobody.
    found_any = found_any || (work.from_table && done->events > 0);
    locked_out.insert(done->locked_out.begin(), done->locked_out.end());
    const bool has_all = done->locked_out.empty();
    co_return has_all;
}

/// What a failed batch held is read back. If the database refused the batch itself, its enterprises
/// are tried one by one, and the one whose events cannot be worked in waits, so that it holds up
/// nobody else.
asio::awaitable<void> Correlator::State::after_error(Work work, base::Error error) {
    logger.warning("events not worked in: {}", base::describe(error));
    read_tables();
    if (error.code == base::Errc::unavailable || error.code == base::Errc::timeout) {
        co_await net::sleep_for(after_failure);
        co_return;
    }
    if (work.enterprises.size() > 1) {
        for (const auto& enterprise : work.enterprises) {
            Work single{.enterprises = {enterprise}, .events = {}, .from_table = true};
            (void)co_await work_in(std::move(single));
        }
        co_return;
    }
    auto& block = blocked[work.enterprises.front()];
    block.pause = std::clamp(block.pause * 2, first_block, longest_block);
    block.until = net::deadline_in(block.pause);
    logger.error(
        "{}: events cannot be worked in, next try in {} s: {}",
        work.enterprises.front(),
        block.pause.count(),
        base::describe(error)
    );
}

tenants::Directory::Pointer Correlator::State::tenant_of(const std::string& number) {
    if (auto known = directory.by_number(number)) {
        strangers.erase(number);
        return known;
    }
    // An enterprise that was removed while its events waited: they are worked in under its number
    // all the same.
    auto& stranger = strangers[number];
    if (!stranger) {
        stranger = std::make_shared<const tenants::Enterprise>(nameless(number));
    }
    return stranger;
}

asio::awaitable<base::Result<Done>> Correlator::State::transact(
    pg::Session& session, const Work& work
) {
    in_hand.clear();
    in_books.clear();
    auto locked = co_await CorrelationStore::lock(session, work.enterprises);
    if (!locked) {
        co_return std::unexpected(locked.error());
    }
    Done done;
    std::ranges::sort(*locked);
    std::ranges::set_difference(work.enterprises, *locked, std::back_inserter(done.locked_out));
    if (locked->empty()) {
        co_return done;
    }
    const auto taken = co_await take_events(session, work, *locked);
    if (!taken) {
        co_return std::unexpected(taken.error());
    }
    auto entries = co_await trackers_of(session, *taken);
    if (!entries) {
        co_return std::unexpected(entries.error());
    }
    std::map<std::string, std::vector<EventPointer>> by_enterprise;
    for (const auto& event : taken->events) {
        by_enterprise[event->enterprise_number].push_back(event);
    }
    auto counters = co_await counters_of(session, taken->events);
    if (!counters) {
        co_return std::unexpected(counters.error());
    }
    std::vector<CorrelationResult> results;
    const auto now = base::system_clock().now();
    for (auto& [number, entry] : *entries) {
        auto outcome = correlate(
            entry.tracker, *entry.tenant, by_enterprise[number], now, settings.public_url
        );
        const auto complete = co_await look_up_bodies(session, number, outcome.dispatched);
        if (!complete) {
            co_return std::unexpected(complete.error());
        }
        outcome.result.gateway = gateway_messages(*entry.tenant, outcome.dispatched);
        outcome.result.ledger =
            account((*counters)[number], by_enterprise[number], outcome.result, entry.tracker, now);
        in_books.emplace(number, outcome.result.ledger);
        results.push_back(std::move(outcome.result));
        ++entry.version;
        entry.no_timer_before = outcome.no_timer_before;
    }
    const auto written = co_await CorrelationStore::write(session, std::move(results));
    if (!written) {
        co_return std::unexpected(written.error());
    }
    done.events = taken->events.size();
    in_hand = std::move(*entries);
    co_return done;
}

asio::awaitable<base::Result<CorrelationStore::Taken>> Correlator::State::take_events(
    pg::Session& session, const Work& work, const std::vector<std::string>& locked
) {
    if (work.from_table) {
        const auto each = std::max<std::size_t>(settings.batch / locked.size(), 8);
        co_return co_await CorrelationStore::take_waiting(session, locked, static_cast<int>(each));
    }
    std::vector<EventPointer> events;
    for (const auto& event : work.events) {
        if (std::ranges::binary_search(locked, event->enterprise_number)) {
            events.push_back(event);
        }
    }
    co_return co_await CorrelationStore::take(session, locked, std::move(events));
}

asio::awaitable<base::Result<std::map<std::string, TrackerCache::Entry>>>
Correlator::State::trackers_of(pg::Session& session, const CorrelationStore::Taken& taken) {
    std::map<std::string, TrackerCache::Entry> entries;
    std::vector<std::string> missing;
    for (const auto& [number, version] : taken.versions) {
        const auto tenant = tenant_of(number);
        if (auto cached = trackers.take(number, version, tenant)) {
            entries.emplace(number, std::move(*cached));
        } else {
            missing.push_back(number);
        }
    }
    if (missing.empty()) {
        co_return entries;
    }
    const auto states = co_await CorrelationStore::live_states(session, missing);
    if (!states) {
        co_return std::unexpected(states.error());
    }
    static const std::vector<std::string> none;
    for (const auto& number : missing) {
        const auto found = states->find(number);
        const auto tenant = tenant_of(number);
        entries.emplace(
            number,
            TrackerCache::Entry{
                restored(*tenant, found == states->end() ? none : found->second),
                tenant,
                taken.versions.at(number)
            }
        );
    }
    co_return entries;
}

asio::awaitable<base::Result<LedgerStore::Counters>> Correlator::State::counters_of(
    pg::Session& session, const std::vector<EventPointer>& events
) {
    auto exchanges = numbering_exchanges(events);
    if (exchanges.empty()) {
        co_return LedgerStore::Counters{};
    }
    co_return co_await LedgerStore::counters(session, std::move(exchanges));
}

call::Tracker Correlator::State::restored(
    const tenants::Enterprise& enterprise, const std::vector<std::string>& states
) const {
    auto tracker =
        call::Tracker(tracker_settings(enterprise, settings.timers, settings.default_timezone));
    for (const auto& state : states) {
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
    return tracker;
}

/// A call that ended by a timer is told with the body of the event that it goes back to.
asio::awaitable<base::Result<>> Correlator::State::look_up_bodies(
    pg::Session& session, std::string enterprise, std::vector<Dispatched>& dispatched
) {
    for (auto& item : dispatched) {
        if (!item.body.empty()) {
            continue;
        }
        const std::string wanted(
            item.kind == call::DispatchKind::update ? "hangup" : call::to_string(item.kind)
        );
        auto body =
            co_await CorrelationStore::last_body(session, enterprise, item.call.unique_ids, wanted);
        if (!body) {
            co_return std::unexpected(body.error());
        }
        item.body = body->value_or("{}");
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::ingest
