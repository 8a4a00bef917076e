#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "net/asio.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"
#include "pg/batch_rules.hpp"

namespace trunkline::pg {

struct GroupCommitLimits {
    std::size_t max_queue = 10000;  ///< Items that may wait; the next one is refused.
    std::size_t max_batch = 256;    ///< Items of one write.
    std::size_t writers =
        1;  ///< Writes at once. Items of one writer commit in the order of their submits.
    /// After a write its callers are likely to come again at once: the next write waits for as many
    /// as were there, but no longer than this part of what a write takes. 0: never waits.
    double gather = 0.25;
    std::size_t gather_from = 8;  ///< Only if so many were there.
};

/// Many callers, one commit: while a write runs, items gather, and the next write takes them all,
/// so a batch grows by itself under load. `write` commits its items all or
/// none and returns one outcome per item in their order. On a data error (is_data_error) the batch
/// is written again in halves, so that only the culprit gets it; any other error goes to everybody
/// of the batch. One executor, not thread-safe. drain() before destroying.
template <class Item, class Outcome>
class GroupCommit {
public:
    using Write =
        std::function<asio::awaitable<base::Result<std::vector<Outcome>>>(std::span<const Item>)>;

    struct Stats {
        std::uint64_t written = 0;  ///< Items that were committed.
        std::uint64_t failed = 0;   ///< Items that got an error from a write.
        std::uint64_t refused = 0;  ///< Items that found the queue full or closed.
        std::uint64_t writes = 0;   ///< Calls of `write`.
    };

    GroupCommit(const asio::any_io_executor& executor, GroupCommitLimits limits, Write write)
        : executor_(executor),
          limits_(limits),
          write_(std::move(write)),
          arrived_(executor),
          tasks_(executor, "pg.group_commit") {
        for (std::size_t writer = 0; writer < std::max<std::size_t>(limits_.writers, 1); ++writer) {
            tasks_.spawn("writer", write_batches());
        }
    }
    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;

    /// Returns when `item` is committed or refused. `unavailable`: the queue is full (nothing was
    /// done); `canceled`: drained. Cancelling the caller takes a waiting item back; one that is
    /// being written may be committed all the same.
    asio::awaitable<base::Result<Outcome>> submit(Item item) {
        if (closed_ || queue_.size() >= limits_.max_queue) {
            ++stats_.refused;
            co_return refusal();
        }
        auto entry = std::make_shared<Entry>(executor_, std::move(item));
        queue_.push_back(entry);
        if (queue_.size() >= gather_until_) {
            arrived_.notify();
        }
        const TakeBack take_back(queue_, entry);
        for (;;) {
            if (entry->outcome) {
                // NOLINTNEXTLINE(bugprone-unchecked-optional-access): just asked.
                co_return std::move(*entry->outcome);
            }
            co_await entry->decided.wait();
        }
    }

    std::size_t queued() const { return queue_.size(); }
    const Stats& stats() const { return stats_; }

    /// Accepts nothing more and writes what waits, until the deadline; what is left then fails with
    /// `canceled`. True: all was written.
    asio::awaitable<bool> drain(net::Deadline deadline) {
        closed_ = true;
        gather_until_ = 0;
        arrived_.notify();
        const bool in_time = co_await tasks_.drain(deadline);
        for (const auto& entry : std::exchange(queue_, {})) {
            entry->decide(base::fail(base::Errc::canceled, "shutting down"));
        }
        co_return in_time;
    }

private:
    struct Entry {
        Entry(asio::any_io_executor executor, Item item_in)
            : item(std::move(item_in)), decided(std::move(executor)) {}
        void decide(base::Result<Outcome> result) {
            outcome.emplace(std::move(result));
            decided.notify();
        }

        Item item;
        std::optional<base::Result<Outcome>> outcome;
        net::Event decided;
    };
    using Batch = std::vector<std::shared_ptr<Entry>>;

    // Takes a cancelled caller's item out of the queue, unless a writer has it already. Touches the
    // queue only while the item is undecided, for a decided caller may outlive the GroupCommit.
    struct TakeBack {
        std::deque<std::shared_ptr<Entry>>& queue;
        const std::shared_ptr<Entry>& entry;
        TakeBack(
            std::deque<std::shared_ptr<Entry>>& queue_in, const std::shared_ptr<Entry>& entry_in
        )
            : queue(queue_in), entry(entry_in) {}
        TakeBack(const TakeBack&) = delete;
        TakeBack& operator=(const TakeBack&) = delete;
        ~TakeBack() {
            if (!entry->outcome) {
                std::erase(queue, entry);
            }
        }
    };

    // Whoever is left when a write is cancelled must still hear of it.
    struct DecideRest {
        const Batch& batch;
        explicit DecideRest(const Batch& batch_in) : batch(batch_in) {}
        DecideRest(const DecideRest&) = delete;
        DecideRest& operator=(const DecideRest&) = delete;
        ~DecideRest() {
            for (const auto& entry : batch) {
                if (!entry->outcome) {
                    entry->decide(
                        base::fail(base::Errc::canceled, "shutting down while it was written")
                    );
                }
            }
        }
    };

    std::unexpected<base::Error> refusal() const {
        return closed_ ? base::fail(base::Errc::canceled, "shutting down")
                       : base::fail(base::Errc::unavailable, "too many items wait for a commit");
    }

    Batch take_batch() {
        Batch batch;
        while (!queue_.empty() && batch.size() < std::max<std::size_t>(limits_.max_batch, 1)) {
            batch.push_back(std::move(queue_.front()));
            queue_.pop_front();
        }
        return batch;
    }

    asio::awaitable<void> write_batches() {
        for (;;) {
            auto batch = take_batch();
            if (!batch.empty()) {
                const auto size = batch.size();
                const auto from = std::chrono::steady_clock::now();
                co_await write_batch(std::move(batch));
                co_await gather(size + queue_.size(), std::chrono::steady_clock::now() - from);
            } else if (closed_) {
                co_return;
            } else {
                co_await arrived_.wait();
            }
        }
    }

    // One commit for all who were there a moment ago instead of two for half of them each.
    asio::awaitable<void> gather(std::size_t present, std::chrono::steady_clock::duration took) {
        const auto wanted = std::min(present, limits_.max_batch);
        if (closed_ || limits_.gather <= 0 || limits_.writers > 1 || wanted < limits_.gather_from) {
            co_return;
        }
        const auto limit =
            net::deadline_in(std::chrono::duration_cast<net::Duration>(took * limits_.gather));
        gather_until_ = wanted;
        while (queue_.size() < gather_until_) {
            const bool woken = co_await arrived_.wait_until(limit);
            if (!woken) {
                break;
            }
        }
        gather_until_ = 0;
    }

    asio::awaitable<void> write_batch(Batch batch) {
        const DecideRest decide_rest(batch);
        std::vector<Item> items;
        items.reserve(batch.size());
        for (const auto& entry : batch) {
            items.push_back(std::move(entry->item));
        }
        BatchRules rules(items.size());
        for (auto range = rules.next(); range; range = rules.next()) {
            const auto part = std::span<const Item>(items).subspan(range->first, range->count);
            auto outcomes = co_await write_part(part);
            apply(batch, rules, *range, std::move(outcomes));
        }
    }

    // An exception of `write` is a defect, not the end of the writer; only a cancel passes.
    asio::awaitable<base::Result<std::vector<Outcome>>> write_part(std::span<const Item> part) {
        ++stats_.writes;
        std::exception_ptr thrown;
        try {
            auto outcomes = co_await write_(part);
            if (!outcomes || outcomes->size() == part.size()) {
                co_return outcomes;
            }
        } catch (...) {
            thrown = std::current_exception();
        }
        if (!thrown) {
            co_return base::fail(
                base::Errc::internal, "a write returned a wrong number of outcomes"
            );
        }
        co_return std::unexpected(defect_of(thrown));
    }

    void apply(
        const Batch& batch,
        BatchRules& rules,
        BatchRules::Range range,
        base::Result<std::vector<Outcome>> outcomes
    ) {
        if (outcomes) {
            for (std::size_t index = 0; index < range.count; ++index) {
                batch[range.first + index]->decide(std::move((*outcomes)[index]));
            }
            stats_.written += range.count;
            rules.written();
            return;
        }
        const auto decided = rules.failed(outcomes.error());
        for (std::size_t index = 0; index < decided.count; ++index) {
            batch[decided.first + index]->decide(std::unexpected(outcomes.error()));
        }
        stats_.failed += decided.count;
    }

    asio::any_io_executor executor_;
    GroupCommitLimits limits_;
    Write write_;
    net::Event arrived_;
    std::deque<std::shared_ptr<Entry>> queue_;
    Stats stats_;
    std::size_t gather_until_ = 0;
    bool closed_ = false;
    net::TaskGroup tasks_;
};

}  // namespace trunkline::pg
