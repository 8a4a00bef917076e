#include "figures.hpp"

namespace trunkline::pbx_gateway {
namespace {

metrics::Labels with(metrics::Labels labels, std::string name, std::string_view value) {
    labels.emplace_back(std::move(name), std::string(value));
    return labels;
}

metrics::Labels labels_of(const std::string& enterprise, const std::string& pbx) {
    return {{"enterprise", enterprise}, {"pbx", pbx}};
}

}  // namespace

Figures::Figures(metrics::Registry& registry, const std::string& enterprise, const std::string& pbx)
    : connected(
          registry.gauge("pbx_connected", "1: the exchange answers", labels_of(enterprise, pbx))
      ),
      response_seconds(registry.gauge(
          "pbx_response_seconds", "How long the exchange took to answer", labels_of(enterprise, pbx)
      )),
      reconnects(registry.gauge(
          "pbx_connections",
          "Connections that were made since the start",
          labels_of(enterprise, pbx)
      )),
      queue_depth(registry.gauge(
          "pbx_queue_depth",
          "Events of the exchange that wait to be looked at",
          labels_of(enterprise, pbx)
      )),
      dropped(registry.gauge(
          "pbx_events_dropped",
          "Events of the exchange that were not looked at: too many, or too long",
          labels_of(enterprise, pbx)
      )),
      channels(registry.gauge("pbx_channels", "Channels that are up", labels_of(enterprise, pbx))),
      calls(registry.gauge("pbx_calls", "Calls that are followed", labels_of(enterprise, pbx))),
      spool_events(registry.gauge(
          "pbx_spool_events", "Events that wait for ingest", labels_of(enterprise, pbx)
      )),
      spool_bytes(registry.gauge(
          "pbx_spool_bytes", "What the spool takes on disk", labels_of(enterprise, pbx)
      )),
      told(registry.counter(
          "pbx_events_told_total", "Events that ingest has taken", labels_of(enterprise, pbx)
      )),
      refused(registry.counter(
          "pbx_events_refused_total", "Events that ingest has refused", labels_of(enterprise, pbx)
      )),
      lost(registry.counter(
          "pbx_events_lost_total",
          "Events that the spool had no room or disk for",
          labels_of(enterprise, pbx)
      )),
      recovered(registry.counter(
          "pbx_events_recovered_total",
          "Events that nobody saw when they happened",
          labels_of(enterprise, pbx)
      )),
      tries_failed(registry.counter(
          "pbx_ingest_failures_total",
          "Requests to ingest that have to be repeated",
          labels_of(enterprise, pbx)
      )),
      reconciled(registry.counter(
          "pbx_reconciled_total",
          "How often the exchange was asked what is up, after a gap",
          labels_of(enterprise, pbx)
      )),
      waits(registry.counter(
          "pbx_queue_waits_total",
          "Callers whom an agent of a queue has answered",
          labels_of(enterprise, pbx)
      )),
      wait_seconds(registry.counter(
          "pbx_queue_wait_seconds_total",
          "How long they had waited, all together",
          labels_of(enterprise, pbx)
      )),
      abandoned(registry.counter(
          "pbx_queue_abandoned_total",
          "Callers who gave up waiting in a queue",
          labels_of(enterprise, pbx)
      )),
      talks(registry.counter(
          "pbx_queue_talks_total",
          "Conversations of agents with callers of a queue that have ended",
          labels_of(enterprise, pbx)
      )),
      talk_seconds(registry.counter(
          "pbx_queue_talk_seconds_total",
          "How long they had talked, all together",
          labels_of(enterprise, pbx)
      )),
      not_answered(registry.counter(
          "pbx_queue_not_answered_total",
          "How often a queue rang an agent who did not answer",
          labels_of(enterprise, pbx)
      )),
      user_events(registry.counter(
          "pbx_user_events_total",
          "Events that the exchange's own dialplan sent",
          labels_of(enterprise, pbx)
      )),
      registry_(registry),
      labels_(labels_of(enterprise, pbx)) {}

void Figures::call_ended(std::string_view direction, bool answered) {
    registry_
        .counter(
            "pbx_calls_ended_total",
            "Calls that have ended, by outcome: completed or missed",
            with(
                with(labels_, "direction", direction), "outcome", answered ? "completed" : "missed"
            )
        )
        .add();
}

void Figures::peers(std::string_view state, double count) {
    registry_.gauge("pbx_peers", "Phones and trunks, by state", with(labels_, "state", state))
        .set(count);
}

void Figures::queue(const std::string& queue, double waiting, double longest_wait) {
    registry_
        .gauge("pbx_queue_waiting", "Callers who wait in the queue", with(labels_, "queue", queue))
        .set(waiting);
    registry_
        .gauge(
            "pbx_queue_longest_wait_seconds",
            "How long the first of them has waited",
            with(labels_, "queue", queue)
        )
        .set(longest_wait);
}

void Figures::agents(const std::string& queue, std::string_view state, double count) {
    registry_
        .gauge(
            "pbx_queue_agents",
            "Agents of the queue: free, busy, paused, away",
            with(with(labels_, "queue", queue), "state", state)
        )
        .set(count);
}

}  // namespace trunkline::pbx_gateway
