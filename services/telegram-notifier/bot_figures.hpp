#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>

#include "base/clock.hpp"
#include "httpc/client.hpp"
#include "json/writer.hpp"
#include "metrics/registry.hpp"

namespace trunkline::telegram {

/// How each bot fares, for /metrics and /stats: requests, delays, 429s, errors, since this process
/// began; and the queue as the database last told it. One thread.
class BotFigures {
public:
    explicit BotFigures(metrics::Registry& registry) : registry_(registry) {}

    /// One answered, or unanswered, request of the bot.
    void note(std::int64_t bot, std::string_view method, const httpc::Outcome& outcome);
    /// A card is up to date: how long after that was wanted.
    void note_delay(std::int64_t bot, base::Duration delay);
    void note_conflict(std::int64_t bot);

    struct Queue {
        std::int64_t waiting = 0;    ///< Cards that are not up to date.
        std::int64_t in_flight = 0;  ///< Of these, a request is out.
        std::int64_t oldest_ms = 0;  ///< How long the oldest has waited.
    };
    /// Bots that are not named wait for nothing.
    void set_queues(const std::map<std::int64_t, Queue>& queues);

    /// All bots' queues together.
    Queue totals() const;
    /// `[{"bot_id":1,"waiting":0,...}]`
    void write(json::Writer& writer) const;

private:
    struct Bot {
        metrics::Gauge* queue = nullptr;
        metrics::Gauge* oldest = nullptr;
        metrics::Histogram* delay = nullptr;
        metrics::Counter* limited = nullptr;
        Queue last;
        std::uint64_t requests = 0;
        std::uint64_t rate_limited = 0;
        std::uint64_t errors = 0;
        std::uint64_t unanswered = 0;
        std::uint64_t conflicts = 0;
    };
    Bot& of(std::int64_t bot);

    metrics::Registry& registry_;
    std::map<std::int64_t, Bot> bots_;
};

}  // namespace trunkline::telegram
