#pragma once

#include <string>

#include "metrics/registry.hpp"

namespace trunkline::pbx_gateway {

/// What /metrics tells of one exchange (docs/exchanges.md).
class Figures {
public:
    Figures(metrics::Registry& registry, const std::string& enterprise, const std::string& pbx);

    metrics::Gauge& connected;
    metrics::Gauge& response_seconds;
    metrics::Gauge& reconnects;
    metrics::Gauge& queue_depth;
    metrics::Gauge& dropped;
    metrics::Gauge& channels;
    metrics::Gauge& calls;
    metrics::Gauge& spool_events;
    metrics::Gauge& spool_bytes;
    metrics::Counter& told;
    metrics::Counter& refused;
    metrics::Counter& lost;
    metrics::Counter& recovered;
    metrics::Counter& tries_failed;
    metrics::Counter& reconciled;
    metrics::Counter& waits;
    metrics::Counter& wait_seconds;
    metrics::Counter& abandoned;
    metrics::Counter& talks;
    metrics::Counter& talk_seconds;
    metrics::Counter& not_answered;
    metrics::Counter& user_events;

    void call_ended(std::string_view direction, bool answered);
    void peers(std::string_view state, double count);
    void queue(const std::string& queue, double waiting, double longest_wait);
    void agents(const std::string& queue, std::string_view state, double count);

private:
    metrics::Registry& registry_;
    metrics::Labels labels_;
};

}  // namespace trunkline::pbx_gateway
