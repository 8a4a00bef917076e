#include "durable_store.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/log.hpp"
#include "net/event.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "replay.hpp"

namespace trunkline::ingest {
namespace {

/// An exchange waits three seconds in all, and holds up its later events meanwhile.
constexpr auto live_limit = std::chrono::milliseconds(500);
/// Nobody waits for a replayed batch, and a server that has just come back is slow.
constexpr auto replay_limit = std::chrono::seconds(10);
constexpr auto probe_limit = std::chrono::milliseconds(1000);
constexpr auto probe_pause = std::chrono::milliseconds(200);
constexpr auto after_failure = std::chrono::milliseconds(500);
constexpr std::size_t batch_size = 200;
/// How long an event may wait for the end of a replay before it goes to the journal after all.
constexpr auto hand_over_limit = std::chrono::milliseconds(300);

bool is_absence(const base::Error& error) {
    return error.code == base::Errc::unavailable || error.code == base::Errc::timeout;
}

}  // namespace

NewEvent row_of(const Incoming& incoming, const ReceivedEvent& event, std::string enterprise) {
    auto pending = std::make_shared<PendingEvent>();
    pending->enterprise_number = std::move(enterprise);
    pending->event_id = event.event_id;
    pending->received_at = event.received_at;
    pending->event_time = incoming.event_time;
    pending->event_type = call::to_string(incoming.event.type);
    pending->pbx = incoming.pbx;
    pending->seq = incoming.seq;
    pending->raw_data = incoming.body;
    pending->trace_id = event.trace_id;
    pending->recovered = event.recovered;
    pending->caught_up = event.recovered;
    auto decoded = incoming.event;
    decoded.received = event.received_at;
    decoded.recovered = event.recovered;
    if (!decoded.has_event_time) {
        decoded.at = decoded.received;
    }
    pending->decoded = std::move(decoded);
    return {
        .event = std::move(pending),
        .unique_id = incoming.event.unique_id,
        .raw_bytes = incoming.original_bytes,
        .digest = incoming.digest,
    };
}

struct DurableStore::State {
    State(
        const asio::any_io_executor& executor,
        pg::Pool& pool_in,
        EventStore& events_in,
        tenants::Directory& directory,
        const Admission& admission,
        metrics::Registry& registry,
        journal::Settings settings
    )
        : pool(pool_in),
          events(events_in),
          journal(executor, std::move(settings)),
          rejected(pool_in),
          replay(
              executor,
              events_in,
              directory,
              admission,
              rejected,
              [this](std::string token) { return knows_token(std::move(token), replay_limit); }
          ),
          wake(executor),
          handed_over(executor),
          tasks(executor, "journal"),
          bytes(registry.gauge("ingest_journal_bytes", "Bytes that the journal takes on disk")),
          waiting(registry.gauge("ingest_journal_events", "Events that wait in the journal")),
          appended(registry.counter("ingest_journal_appended_total", "Events put into the journal")
          ),
          refused(registry.counter(
              "ingest_journal_refused_total", "Events that the journal had no room or disk for"
          )),
          replayed(registry.counter(
              "ingest_journal_replayed_total", "Events of the journal that went to PostgreSQL"
          )),
          damaged(registry.counter(
              "ingest_journal_damaged_total", "Events of the journal that could not be read"
          )) {
        events.limit_commits(live_limit);
        // At once, so that those who stand in the store's queue do not wait one after another.
        events.on_failure([this](const base::Error& error) {
            if (is_absence(error)) {
                note_away(error);
            }
        });
    }

    bool database_is_away() const {
        return away || (!pool.is_ready() && !pool.last_error().empty());
    }
    void note_away(const base::Error& error);
    void note_figures();
    asio::awaitable<base::Result<bool>> knows_token(std::string token, net::Duration limit);
    asio::awaitable<void> run();
    asio::awaitable<bool> database_answers();
    /// False: not now, try again later.
    asio::awaitable<bool> replay_batch();
    void hand_over(bool begin);
    void note_failure(const base::Error& error);

    pg::Pool& pool;
    EventStore& events;
    journal::Journal journal;
    RejectedStore rejected;
    Replay replay;
    base::Logger logger{"journal"};
    net::Event wake;
    net::Event handed_over;
    net::TaskGroup tasks;
    bool away = false;
    /// The journal holds what its disk does not give out: nothing can go behind that.
    bool unreadable = false;
    bool handing_over = false;
    bool stopping = false;
    std::size_t replay_size = batch_size;
    std::uint64_t replayed_since_empty = 0;
    std::string last_failure;
    journal::Figures told;
    metrics::Gauge& bytes;
    metrics::Gauge& waiting;
    metrics::Counter& appended;
    metrics::Counter& refused;
    metrics::Counter& replayed;
    metrics::Counter& damaged;
};

DurableStore::DurableStore(
    const asio::any_io_executor& executor,
    pg::Pool& pool,
    EventStore& events,
    tenants::Directory& directory,
    const Admission& admission,
    metrics::Registry& registry,
    journal::Settings journal
)
    : state_(std::make_unique<State>(
          executor, pool, events, directory, admission, registry, std::move(journal)
      )) {}

DurableStore::~DurableStore() = default;

asio::awaitable<void> DurableStore::open(net::Deadline deadline) {
    auto& state = *state_;
    const auto opened = state.journal.open();
    if (!opened) {
        throw std::runtime_error(
            "JOURNAL_DIR " + state.journal.settings().folder.string() + ": " + opened.error().detail
        );
    }
    state.note_figures();
    while (!state.pool.is_ready() && state.pool.last_error().empty() &&
           net::time_left(deadline) > net::Duration(0)) {
        co_await net::sleep_for(std::chrono::milliseconds(5));
    }
}

void DurableStore::start() { state_->tasks.spawn("replay", state_->run()); }

asio::awaitable<void> DurableStore::stop(net::Deadline deadline) {
    auto& state = *state_;
    state.stopping = true;
    state.wake.notify();
    co_await state.tasks.drain(deadline);
    co_await state.replay.stop(deadline);
    co_await state.journal.close();
}

bool DurableStore::stands_in() const {
    return (!state_->journal.empty() && !state_->unreadable) || state_->database_is_away();
}

bool DurableStore::is_handing_over() const { return state_->handing_over; }

asio::awaitable<void> DurableStore::wait_for_hand_over() {
    const auto deadline = net::deadline_in(hand_over_limit);
    bool in_time = true;
    while (in_time && state_->handing_over) {
        in_time = co_await state_->handed_over.wait_until(deadline);
    }
}

journal::Figures DurableStore::figures() const { return state_->journal.figures(); }

asio::awaitable<base::Result<Stored>> DurableStore::add(
    NewEvent row, const ReceivedEvent& event, net::Deadline deadline
) {
    auto stored = co_await state_->events.add(std::move(row));
    if (stored || !is_absence(stored.error())) {
        co_return stored;
    }
    state_->note_away(stored.error());
    auto kept = co_await keep(event, deadline);
    co_return kept;
}

asio::awaitable<base::Result<Stored>> DurableStore::keep(
    const ReceivedEvent& event, net::Deadline deadline
) {
    auto& state = *state_;
    const auto kept = co_await state.journal.append(encode_journal_record(event), deadline);
    state.note_figures();
    if (!kept) {
        co_return base::fail(
            base::Errc::unavailable,
            "the database cannot take the event now, nor the journal: " + kept.error().detail +
                "; send it again"
        );
    }
    state.wake.notify();
    co_return Stored{.event_id = event.event_id, .duplicate = false};
}

asio::awaitable<base::Result<bool>> DurableStore::knows_token(std::string token) {
    const auto known = co_await state_->knows_token(std::move(token), live_limit);
    if (!known && is_absence(known.error())) {
        state_->note_away(known.error());
    }
    co_return known;
}

asio::awaitable<base::Result<bool>> DurableStore::State::knows_token(
    std::string token, net::Duration limit
) {
    pg::Params params;
    params << token;
    const auto rows = co_await pool.execute(
        "SELECT 1 FROM enterprises WHERE name2 = $1", std::move(params), net::deadline_in(limit)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return !rows->empty();
}

app::Readiness::Part DurableStore::readiness() const {
    using State = app::Readiness::Part::State;
    const auto trouble = state_->journal.trouble();
    if (state_->database_is_away()) {
        const auto reason = state_->pool.last_error();
        const auto away = reason.empty() ? std::string("PostgreSQL does not answer") : reason;
        return trouble.empty()
                   ? app::Readiness::Part{State::degraded, away + "; events go to the journal"}
                   : app::Readiness::Part{State::failed, away + "; " + trouble};
    }
    if (!state_->pool.is_ready()) {
        return {trouble.empty() ? State::degraded : State::failed, "PostgreSQL is being connected"};
    }
    if (!state_->journal.empty()) {
        return {
            trouble.empty() ? State::degraded : State::failed,
            std::to_string(figures().waiting) + " events of the journal are being replayed" +
                (trouble.empty() ? "" : "; " + trouble)
        };
    }
    return {};
}

void DurableStore::State::note_away(const base::Error& error) {
    if (!away) {
        logger.warning(
            "PostgreSQL does not answer ({}): events go to the journal", base::describe(error)
        );
    }
    away = true;
    events.limit_commits(net::Duration(0));
    wake.notify();
}

void DurableStore::State::note_figures() {
    const auto now = journal.figures();
    const auto difference = [](std::uint64_t a, std::uint64_t b) {
        return static_cast<double>(a) - static_cast<double>(b);
    };
    // By differences, so that workers who share a registry add up.
    bytes.add(difference(now.bytes, told.bytes));
    waiting.add(difference(now.waiting, told.waiting));
    appended.add(difference(now.appended, told.appended));
    refused.add(difference(now.refused, told.refused));
    damaged.add(difference(now.damaged, told.damaged));
    told = now;
}

asio::awaitable<void> DurableStore::State::run() {
    while (!stopping) {
        if (journal.empty() && !away) {
            co_await wake.wait();
            continue;
        }
        const bool answers = co_await database_answers();
        if (!answers) {
            co_await net::sleep_for(probe_pause);
            continue;
        }
        away = false;
        hand_over(journal.figures().waiting <= replay_size);
        const bool done = co_await replay_batch();
        hand_over(done && handing_over && !journal.empty());
        if (!done) {
            co_await net::sleep_for(after_failure);
        }
    }
}

asio::awaitable<bool> DurableStore::State::database_answers() {
    const auto answer = co_await pool.execute("SELECT 1", {}, net::deadline_in(probe_limit));
    co_return answer.has_value();
}

asio::awaitable<bool> DurableStore::State::replay_batch() {
    events.limit_commits(replay_limit);
    const auto records = co_await journal.read(replay_size);
    unreadable = !records;
    if (!records) {
        events.limit_commits(live_limit);
        note_failure(records.error());
        co_return false;
    }
    if (!records->empty()) {
        const auto taken = co_await replay.take_in(*records);
        if (!taken) {
            if (is_absence(taken.error())) {
                note_away(taken.error());
            }
            // One that is too slow as it is would be so again.
            replay_size = std::max<std::size_t>(records->size() / 2, 1);
            note_failure(taken.error());
            co_return false;
        }
        replay_size = std::min(replay_size + replay_size / 4 + 1, batch_size);
        const auto confirmed = co_await journal.confirm(records->back().sequence);
        if (!confirmed) {
            note_failure(confirmed.error());
        }
        replayed.add(static_cast<double>(records->size()));
        replayed_since_empty += records->size();
    }
    note_figures();
    if (journal.empty()) {
        logger.info(
            "PostgreSQL answers; {} events of the journal were replayed", replayed_since_empty
        );
        replayed_since_empty = 0;
        last_failure.clear();
        events.limit_commits(live_limit);
    }
    co_return true;
}

/// While it lasts new events wait instead of making the journal longer.
void DurableStore::State::hand_over(bool begin) {
    handing_over = begin;
    if (!begin) {
        handed_over.notify();
    }
}

void DurableStore::State::note_failure(const base::Error& error) {
    if (error.detail != last_failure) {
        logger.warning("the replay goes on later: {}", base::describe(error));
        last_failure = error.detail;
    }
}

}  // namespace trunkline::ingest
