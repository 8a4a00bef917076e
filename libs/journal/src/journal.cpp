#include "journal/journal.hpp"

#include <fmt/format.h>

#include <deque>
#include <optional>
#include <utility>

#include "aside.hpp"
#include "format.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"
#include "segment_log.hpp"

namespace trunkline::journal {
namespace {

constexpr std::size_t max_group_bytes = std::size_t{4} << 20U;
/// What may wait for a disk that has stalled.
constexpr std::size_t max_bytes_on_the_way = std::size_t{32} << 20U;
constexpr std::size_t max_read_bytes = std::size_t{1} << 20U;

struct Waiting {
    Waiting(const asio::any_io_executor& executor, std::string payload_in)
        : payload(std::move(payload_in)), decided(executor) {}

    std::string payload;
    std::optional<base::Result<>> outcome;
    net::Event decided;
};
using Group = std::vector<std::shared_ptr<Waiting>>;

/// How the files stand, told by the journal's thread with each job.
struct Standing {
    base::Result<> outcome;
    std::uint64_t bytes = 0;
    std::uint64_t waiting = 0;
    std::uint64_t damaged = 0;
};

}  // namespace

struct Journal::State {
    State(const asio::any_io_executor& executor_in, Settings settings_in)
        : executor(executor_in),
          settings(std::move(settings_in)),
          log(settings),
          arrived(executor),
          tasks(executor, "journal"),
          thread(1) {}

    Standing stand(base::Result<> outcome) const {
        return {std::move(outcome), log.bytes(), log.waiting(), log.damaged()};
    }
    void note(const Standing& standing) {
        figures.bytes = standing.bytes;
        figures.waiting = standing.waiting;
        figures.damaged = standing.damaged;
    }
    std::uint64_t room_taken() const { return figures.bytes + bytes_on_the_way; }
    bool is_full_for(std::size_t payload) const {
        return room_taken() + encoded_size(std::string_view()) + payload + segment_header_size >
               settings.max_bytes;
    }
    std::string full_text() const {
        return fmt::format(
            "the journal is full ({} of {} bytes)", room_taken(), settings.max_bytes
        );
    }

    Group take_group();
    asio::awaitable<void> write_groups();
    asio::awaitable<void> write(Group group);
    void decide(const Group& group, const base::Result<>& outcome);

    asio::any_io_executor executor;
    Settings settings;
    SegmentLog log;  ///< Only the journal's thread touches it, once open() has returned.
    net::Event arrived;
    std::deque<std::shared_ptr<Waiting>> queue;
    std::uint64_t bytes_on_the_way = 0;
    std::uint64_t records_on_the_way = 0;
    Figures figures;
    std::string last_failure;
    bool closed = true;
    net::TaskGroup tasks;
    asio::thread_pool thread;  ///< The last member: joined before the files go.
};

Journal::Journal(const asio::any_io_executor& executor, Settings settings)
    : state_(std::make_unique<State>(executor, std::move(settings))) {}

Journal::~Journal() { state_->thread.join(); }

base::Result<> Journal::open() {
    const auto opened = state_->log.open();
    if (!opened) {
        return opened;
    }
    state_->note(state_->stand({}));
    state_->closed = false;
    state_->tasks.spawn("writer", state_->write_groups());
    return {};
}

asio::awaitable<base::Result<>> Journal::append(std::string payload, net::Deadline deadline) {
    auto& state = *state_;
    if (state.closed) {
        co_return base::fail(base::Errc::canceled, "the journal is closed");
    }
    if (payload.size() > max_payload) {
        co_return base::fail(base::Errc::too_large, "the record is too large for the journal");
    }
    if (state.is_full_for(payload.size())) {
        ++state.figures.refused;
        co_return base::fail(base::Errc::unavailable, state.full_text());
    }
    if (state.bytes_on_the_way > max_bytes_on_the_way) {
        ++state.figures.refused;
        co_return base::fail(base::Errc::unavailable, "the journal's disk is too slow");
    }
    const auto waiting = std::make_shared<Waiting>(state.executor, std::move(payload));
    state.bytes_on_the_way += encoded_size(waiting->payload);
    ++state.records_on_the_way;
    state.queue.push_back(waiting);
    state.arrived.notify();
    while (!waiting->outcome) {
        const bool in_time = co_await waiting->decided.wait_until(deadline);
        if (!in_time) {
            co_return base::fail(base::Errc::timeout, "the journal's disk did not answer in time");
        }
    }
    co_return *waiting->outcome;  // NOLINT(bugprone-unchecked-optional-access): the loop's end.
}

Group Journal::State::take_group() {
    Group group;
    std::size_t bytes = 0;
    while (!queue.empty() && bytes < max_group_bytes) {
        bytes += encoded_size(queue.front()->payload);
        group.push_back(std::move(queue.front()));
        queue.pop_front();
    }
    return group;
}

asio::awaitable<void> Journal::State::write_groups() {
    for (;;) {
        auto group = take_group();
        if (!group.empty()) {
            co_await write(std::move(group));
        } else if (closed) {
            co_return;
        } else {
            co_await arrived.wait();
        }
    }
}

asio::awaitable<void> Journal::State::write(Group group) {
    std::vector<std::string> payloads;
    payloads.reserve(group.size());
    std::uint64_t bytes = 0;
    for (const auto& waiting : group) {
        bytes += encoded_size(waiting->payload);
        payloads.push_back(std::move(waiting->payload));
    }
    std::function<Standing()> work = [this, payloads = std::move(payloads)] {
        return stand(log.append(payloads));
    };
    const auto standing = co_await run_aside<Standing>(thread, std::move(work));
    bytes_on_the_way -= bytes;
    records_on_the_way -= group.size();
    note(standing);
    decide(group, standing.outcome);
}

void Journal::State::decide(const Group& group, const base::Result<>& outcome) {
    if (outcome) {
        figures.appended += group.size();
        ++figures.syncs;
        last_failure.clear();
    } else {
        figures.refused += group.size();
        last_failure = outcome.error().detail;
    }
    for (const auto& waiting : group) {
        waiting->outcome = outcome;
        waiting->decided.notify();
    }
}

asio::awaitable<base::Result<std::vector<Record>>> Journal::read_after(
    std::uint64_t sequence, std::size_t max_records
) {
    auto& state = *state_;
    using Read = base::Result<std::vector<Record>>;
    std::function<Read()> work = [&state, sequence, max_records] {
        return state.log.read_after(sequence, max_records, max_read_bytes);
    };
    auto read = co_await run_aside<Read>(state.thread, std::move(work));
    co_return read;
}

asio::awaitable<base::Result<std::vector<Record>>> Journal::read(std::size_t max_records) {
    struct Read {
        base::Result<std::vector<Record>> records;
        Standing standing;
    };
    auto& state = *state_;
    std::function<Read()> work = [&state, max_records] {
        auto records = state.log.read(max_records, max_read_bytes);
        return Read{std::move(records), state.stand({})};
    };
    auto read = co_await run_aside<Read>(state.thread, std::move(work));
    state.note(read.standing);
    co_return std::move(read.records);
}

asio::awaitable<base::Result<>> Journal::confirm(std::uint64_t sequence) {
    auto& state = *state_;
    std::function<Standing()> work = [&state, sequence] {
        return state.stand(state.log.confirm(sequence));
    };
    const auto standing = co_await run_aside<Standing>(state.thread, std::move(work));
    state.note(standing);
    co_return standing.outcome;
}

bool Journal::empty() const {
    return state_->figures.waiting == 0 && state_->records_on_the_way == 0;
}

std::string Journal::trouble() const {
    if (state_->closed) {
        return "the journal is closed";
    }
    // Room for one event of the largest size.
    constexpr std::size_t largest_event = std::size_t{64} * 1024;
    return state_->is_full_for(largest_event) ? state_->full_text() : state_->last_failure;
}

Figures Journal::figures() const { return state_->figures; }
const Settings& Journal::settings() const { return state_->settings; }

asio::awaitable<void> Journal::close() {
    state_->closed = true;
    state_->arrived.notify();
    co_await state_->tasks.join();
    state_->thread.join();
}

}  // namespace trunkline::journal
