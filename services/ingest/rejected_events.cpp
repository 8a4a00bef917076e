#include "rejected_events.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "httpd/problem.hpp"
#include "net/sleep.hpp"
#include "rejection.hpp"

namespace trunkline::ingest {
namespace {

constexpr pg::GroupCommitLimits commit_limits{.max_queue = 1'000, .max_batch = 128, .writers = 1};
constexpr std::size_t max_backlog = 2'000;
constexpr std::size_t max_backlog_bytes = std::size_t{4} << 20;
constexpr std::size_t backlog_batch = 128;
constexpr auto backlog_pause = std::chrono::milliseconds(1'000);

}  // namespace

RejectedEvents::RejectedEvents(
    const asio::any_io_executor& executor, pg::Pool& pool, metrics::Registry& registry
)
    : store_(pool),
      budget_(base::system_clock()),
      registry_(registry),
      not_kept_(registry.counter(
          "ingest_rejected_not_kept_total",
          "Refused events that were only counted: too many of one source, or no database for long"
      )),
      more_(executor),
      commits_(
          executor,
          commit_limits,
          [this](std::span<const Rejected> rejected) { return write(rejected); }
      ),
      tasks_(executor, "rejected") {
    tasks_.spawn("backlog", write_backlog());
}

asio::awaitable<void> RejectedEvents::keep(RawEvent raw, Refusal refusal) {
    registry_
        .counter(
            "ingest_rejected_total",
            "Events refused",
            {{"reason", std::string(base::to_string(refusal.error.code))}}
        )
        .add();
    const auto decision = budget_.take(refusal.source, raw.body.size());
    if (!decision.keep) {
        not_kept_.add();
        co_return;
    }
    raw.signature = {};
    Rejected rejected{
        .id = 0,
        .received_at = base::system_clock().now(),
        .source = refusal.source.to_string(),
        .enterprise_number = std::move(refusal.enterprise_number),
        .token = refusal.token.empty() ? token_hint(raw) : std::move(refusal.token),
        .status = httpd::status_of(refusal.error.code),
        .reason = reason_of(refusal.error),
        .raw = std::move(raw),
        .suppressed = decision.suppressed,
        .event_id = {},
    };
    note(rejected, refusal.trace_id);
    auto again = rejected;
    const auto kept = co_await commits_.submit(std::move(rejected));
    if (!kept) {
        wait_for_database(std::move(again));
    }
}

void RejectedEvents::note(const Rejected& rejected, const std::string& trace_id) const {
    const auto unsaid = rejected.suppressed == 0 ? std::string()
                                                 : " (" + std::to_string(rejected.suppressed) +
                                                       " before it were only counted)";
    logger_.with_trace(trace_id).warning(
        "{} from {} refused: {}{}",
        call::to_string(rejected.raw.type),
        rejected.source,
        rejected.reason,
        unsaid
    );
}

void RejectedEvents::wait_for_database(Rejected rejected) {
    const auto bytes = rejected.raw.body.size();
    if (backlog_.size() >= max_backlog || backlog_bytes_ + bytes > max_backlog_bytes) {
        not_kept_.add();
        return;
    }
    backlog_bytes_ += bytes;
    backlog_.push_back(std::move(rejected));
    more_.notify();
}

asio::awaitable<base::Result<std::vector<RejectedEvents::Kept>>> RejectedEvents::write(
    std::span<const Rejected> rejected
) {
    const auto written = co_await store_.write(rejected);
    if (!written) {
        co_return std::unexpected(written.error());
    }
    co_return std::vector<Kept>(rejected.size());
}

asio::awaitable<void> RejectedEvents::write_backlog() {
    for (;;) {
        if (backlog_.empty()) {
            co_await more_.wait();
            continue;
        }
        const bool written = co_await write_backlog_once();
        if (!written) {
            co_await net::sleep_for(backlog_pause);
        }
    }
}

/// False: the database did not take them; they stay.
asio::awaitable<bool> RejectedEvents::write_backlog_once() {
    const auto count = std::min(backlog_.size(), backlog_batch);
    std::vector<Rejected> batch(
        backlog_.begin(), backlog_.begin() + static_cast<std::ptrdiff_t>(count)
    );
    const auto written = co_await store_.write(batch);
    if (!written && !pg::is_data_error(written.error())) {
        co_return false;
    }
    if (!written) {
        logger_.error(
            "{} refused events cannot be kept: {}", count, base::describe(written.error())
        );
        not_kept_.add(static_cast<double>(count));
    }
    for (const auto& each : batch) {
        backlog_bytes_ -= each.raw.body.size();
    }
    backlog_.erase(backlog_.begin(), backlog_.begin() + static_cast<std::ptrdiff_t>(count));
    co_return true;
}

asio::awaitable<void> RejectedEvents::drain(net::Deadline deadline) {
    co_await commits_.drain(deadline);
    tasks_.cancel();
    co_await tasks_.join();
    bool written = true;
    while (written && !backlog_.empty() && net::time_left(deadline) > net::Duration::zero()) {
        written = co_await write_backlog_once();
    }
    if (!backlog_.empty()) {
        logger_.warning("{} refused events are lost: the database is away", backlog_.size());
    }
}

}  // namespace trunkline::ingest
