#include "bot_figures.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace trunkline::telegram {
namespace {

std::vector<double> delay_bounds() {
    return {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300};
}

/// The bound below which `share` of the observations lie, in milliseconds; 0 without observations.
double quantile_ms(const metrics::Histogram& histogram, double share) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
        total += histogram.bucket(i);
    }
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
        seen += histogram.bucket(i);
        if (total > 0 && static_cast<double>(seen) >= share * static_cast<double>(total)) {
            return histogram.bounds()[i] * 1000;
        }
    }
    return total == 0 ? 0 : histogram.bounds().back() * 1000;
}

std::string kind_of(const httpc::Outcome& outcome) {
    if (!outcome) {
        return outcome.error().request_sent ? "unknown" : "unreachable";
    }
    return std::to_string(outcome->status);
}

}  // namespace

BotFigures::Bot& BotFigures::of(std::int64_t bot) {
    const auto known = bots_.find(bot);
    if (known != bots_.end()) {
        return known->second;
    }
    const metrics::Labels labels{{"bot", std::to_string(bot)}};
    auto& made = bots_[bot];
    made.queue = &registry_.gauge("telegram_queue", "Cards that are not up to date", labels);
    made.oldest = &registry_.gauge(
        "telegram_queue_oldest_seconds", "How long the oldest of them has waited", labels
    );
    made.delay = &registry_.histogram(
        "telegram_delay_seconds",
        "From a card's wanted state to Telegram's answer",
        delay_bounds(),
        labels
    );
    made.limited =
        &registry_.counter("telegram_rate_limited_total", "Answers 429 of the Bot API", labels);
    return made;
}

void BotFigures::note(std::int64_t bot, std::string_view method, const httpc::Outcome& outcome) {
    auto& figures = of(bot);
    ++figures.requests;
    if (outcome && outcome->status == 429) {
        ++figures.rate_limited;
        figures.limited->add();
    }
    if (outcome && outcome->status < 400) {
        return;
    }
    ++figures.errors;
    figures.unanswered += outcome ? 0 : 1;
    registry_
        .counter(
            "telegram_errors_total",
            "Requests to the Bot API that were refused or not answered",
            {{"bot", std::to_string(bot)},
             {"method", std::string(method)},
             {"kind", kind_of(outcome)}}
        )
        .add();
}

void BotFigures::note_delay(std::int64_t bot, base::Duration delay) {
    of(bot).delay->observe(std::chrono::duration<double>(delay).count());
}

void BotFigures::note_conflict(std::int64_t bot) {
    ++of(bot).conflicts;
    registry_
        .counter(
            "telegram_poll_conflicts_total",
            "Answers 409: somebody else reads the bot's updates",
            {{"bot", std::to_string(bot)}}
        )
        .add();
}

void BotFigures::set_queues(const std::map<std::int64_t, Queue>& queues) {
    for (const auto& [bot, queue] : queues) {
        of(bot);
    }
    for (auto& [bot, figures] : bots_) {
        const auto found = queues.find(bot);
        figures.last = found == queues.end() ? Queue{} : found->second;
        figures.queue->set(static_cast<double>(figures.last.waiting));
        figures.oldest->set(static_cast<double>(figures.last.oldest_ms) / 1000);
    }
}

BotFigures::Queue BotFigures::totals() const {
    Queue sum;
    for (const auto& [bot, figures] : bots_) {
        sum.waiting += figures.last.waiting;
        sum.in_flight += figures.last.in_flight;
        sum.oldest_ms = std::max(sum.oldest_ms, figures.last.oldest_ms);
    }
    return sum;
}

void BotFigures::write(json::Writer& writer) const {
    writer.begin_array();
    for (const auto& [bot, figures] : bots_) {
        writer.begin_object()
            .member("bot_id", bot)
            .member("waiting", figures.last.waiting)
            .member("in_flight", figures.last.in_flight)
            .member("oldest_ms", figures.last.oldest_ms)
            .member("requests", figures.requests)
            .member("rate_limited", figures.rate_limited)
            .member("errors", figures.errors)
            .member("unanswered", figures.unanswered)
            .member("poll_conflicts", figures.conflicts)
            .member("delay_ms_p50", quantile_ms(*figures.delay, 0.5))
            .member("delay_ms_p99", quantile_ms(*figures.delay, 0.99))
            .end_object();
    }
    writer.end_array();
}

}  // namespace trunkline::telegram
