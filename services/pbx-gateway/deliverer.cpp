#include "deliverer.hpp"

#include <algorithm>
#include <utility>

#include "call/event.hpp"
#include "net/sleep.hpp"

namespace trunkline::pbx_gateway {
namespace {

using namespace std::chrono_literals;

constexpr auto late_after = 30s;
constexpr std::size_t at_once = 200;
/// Between two records of the state; a restart repeats what was delivered since.
constexpr auto checkpoint_pause = 1s;
constexpr auto disk_pause = 2s;
constexpr auto recordings_pause = 2s;
constexpr auto recording_patience = std::chrono::hours(48);
constexpr net::BackoffPolicy retry{.initial = 200ms, .maximum = 10s, .factor = 2.0, .jitter = 0.3};

}  // namespace

Deliverer::Deliverer(
    Spool& spool, IngestClient& ingest, IngestClient::Sender sender, Figures& figures
)
    : spool_(spool),
      ingest_(ingest),
      sender_(std::move(sender)),
      figures_(figures),
      backoff_(retry),
      refused_log_(base::Logger::to_file("refused", "pbx_refused.log", true)) {}

asio::awaitable<void> Deliverer::run() {
    auto next_checkpoint = net::deadline_in(checkpoint_pause);
    for (;;) {
        auto items = co_await spool_.next();
        if (!items) {
            logger_.error("{}: the spool cannot be read: {}", sender_.pbx, items.error().detail);
            co_await net::sleep_for(disk_pause);
            continue;
        }
        if (!items->empty()) {
            co_await deliver(std::move(*items));
        } else {
            co_await spool_.wait(net::deadline_in(checkpoint_pause));
        }
        if (net::time_left(next_checkpoint) <= net::Duration::zero()) {
            const auto kept = co_await spool_.checkpoint();
            if (!kept) {
                logger_.error("{}: the spool: {}", sender_.pbx, kept.error().detail);
            }
            next_checkpoint = net::deadline_in(checkpoint_pause);
        }
    }
}

bool Deliverer::is_late(const Spool::Item& item) const {
    return item.again || item.event.recovered ||
           base::system_clock().now() - item.kept > late_after;
}

/// Late ones that follow each other go together.
asio::awaitable<void> Deliverer::deliver(Items items) {
    for (std::size_t from = 0; from < items.size();) {
        if (!is_late(items[from])) {
            co_await deliver_one(items[from]);
            ++from;
            continue;
        }
        std::vector<pbx::WebhookEvent> late;
        auto to = from;
        while (to < items.size() && late.size() < at_once && is_late(items[to])) {
            late.push_back(items[to++].event);
        }
        const auto count = co_await deliver_late(std::move(late));
        from += count;
        if (count > 0) {
            const auto& last = items[from - 1];
            spool_.done(last.is_last ? last.sequence : last.sequence - 1, count);
        }
    }
}

asio::awaitable<void> Deliverer::deliver_one(Spool::Item item) {
    for (;;) {
        const auto told = co_await ingest_.send(sender_, item.event);
        if (told.kind != Told::Kind::again) {
            settle(item.event, told);
            break;
        }
        co_await pause(told);
        if (told.may_be_taken || is_late(item)) {
            std::size_t count = 0;
            while (count == 0) {
                std::vector<pbx::WebhookEvent> one{item.event};
                count = co_await deliver_late(std::move(one));
            }
            break;
        }
    }
    spool_.done(item.is_last ? item.sequence : item.sequence - 1, 1);
}

/// How many of the first were settled.
asio::awaitable<std::size_t> Deliverer::deliver_late(std::vector<pbx::WebhookEvent> events) {
    const auto told = co_await ingest_.catch_up(sender_, events);
    std::size_t count = 0;
    while (count < told.size() && told[count].kind != Told::Kind::again) {
        settle(events[count], told[count]);
        ++count;
    }
    if (count < events.size()) {
        const auto trouble = count < told.size() ? told[count] : Told{};
        co_await pause(trouble);
    }
    co_return count;
}

asio::awaitable<void> Deliverer::pause(Told told) {
    figures_.tries_failed.add();
    if (!std::exchange(told_of_trouble_, true)) {
        logger_.warning(
            "{}: ingest takes no events ({} {}); they wait", sender_.pbx, told.status, told.detail
        );
    }
    const auto wait = std::max(backoff_.next(), told.retry_after);
    co_await net::sleep_for(wait);
}

void Deliverer::settle(const pbx::WebhookEvent& event, const Told& told) {
    backoff_.reset();
    if (std::exchange(told_of_trouble_, false)) {
        logger_.info("{}: ingest takes events again", sender_.pbx);
    }
    if (event.recovered) {
        figures_.recovered.add();
    }
    if (told.kind == Told::Kind::done) {
        figures_.told.add();
        return;
    }
    figures_.refused.add();
    logger_.error(
        "{}: ingest refuses {} number {}: {} {}",
        sender_.pbx,
        call::to_string(event.type),
        event.seq,
        told.status,
        told.detail
    );
    refused_log_.error(
        "{} {} {} {} {} {}",
        sender_.pbx,
        told.status,
        call::to_string(event.type),
        event.seq,
        base::format_iso8601(event.at),
        event.body
    );
}

asio::awaitable<void> Deliverer::run_recordings(std::function<bool(const Recording&)> is_whole) {
    for (;;) {
        co_await net::sleep_for(recordings_pause);
        const auto now = base::system_clock().now();
        const auto all = spool_.recordings();
        for (const auto& recording : all) {
            if (spool_.calls().contains(recording.call)) {
                continue;
            }
            bool settled = now - recording.since > recording_patience;
            if (settled) {
                logger_.warning("{}: the recording {} never came", sender_.pbx, recording.file);
            } else if (is_whole(recording)) {
                const auto told = co_await ingest_.send_recording(sender_, recording);
                settled = told.kind != Told::Kind::again;
                if (told.kind == Told::Kind::refused) {
                    logger_.error(
                        "{}: ingest refuses the recording {}: {} {}",
                        sender_.pbx,
                        recording.file,
                        told.status,
                        told.detail
                    );
                }
            }
            if (settled) {
                std::erase(spool_.recordings(), recording);
                spool_.touch();
            }
        }
    }
}

}  // namespace trunkline::pbx_gateway
