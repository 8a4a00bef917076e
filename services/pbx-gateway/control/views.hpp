#pragma once

#include <string>
#include <vector>

#include "ami/readings.hpp"
#include "json/writer.hpp"

namespace trunkline::pbx_control {

// How channels and queues look in JSON.

void write(json::Writer& writer, const ami::Channel& channel);
std::string channels_json(const std::vector<ami::Channel>& channels);
/// With members and callers.
void write(json::Writer& writer, const ami::QueueState& queue);
std::string queues_json(const std::vector<ami::QueueState>& queues);
/// The figures alone: calls_waiting, available_agents, ...
void write_summary(json::Writer& writer, const ami::QueueState& queue);

}  // namespace trunkline::pbx_control
