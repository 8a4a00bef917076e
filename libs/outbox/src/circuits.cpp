#include "circuits.hpp"

#include <algorithm>

namespace trunkline::outbox {
namespace {

constexpr std::chrono::milliseconds first_pause{1000};
constexpr std::chrono::milliseconds longest_pause{15'000};

std::chrono::milliseconds pause_after(unsigned extra_failures) {
    return std::min(first_pause * (1 << std::min(extra_failures, 4U)), longest_pause);
}

}  // namespace

void Circuits::failed(const std::string& target, Time now) {
    auto& circuit = circuits_[target];
    const bool was_open = circuit.failures >= opens_after;
    // Those that were under way when it opened tell nothing new.
    if (was_open && !circuit.probing) {
        return;
    }
    ++circuit.failures;
    circuit.probing = false;
    if (circuit.failures >= opens_after) {
        circuit.probe_at = now + pause_after(circuit.failures - opens_after);
    }
}

void Circuits::worked(const std::string& target) { circuits_.erase(target); }

void Circuits::untried(const std::string& target) {
    const auto circuit = circuits_.find(target);
    if (circuit != circuits_.end()) {
        circuit->second.probing = false;
    }
}

void Circuits::no_probe(const std::string& target) { circuits_.erase(target); }

std::vector<std::string> Circuits::open() const {
    std::vector<std::string> out;
    for (const auto& [target, circuit] : circuits_) {
        if (circuit.failures >= opens_after) {
            out.push_back(target);
        }
    }
    return out;
}

std::vector<std::string> Circuits::take_probes(Time now) {
    std::vector<std::string> out;
    for (auto& [target, circuit] : circuits_) {
        if (circuit.failures >= opens_after && !circuit.probing && circuit.probe_at <= now) {
            circuit.probing = true;
            out.push_back(target);
        }
    }
    return out;
}

Circuits::Time Circuits::next_probe(Time latest) const {
    for (const auto& [target, circuit] : circuits_) {
        if (circuit.failures >= opens_after && !circuit.probing) {
            latest = std::min(latest, circuit.probe_at);
        }
    }
    return latest;
}

}  // namespace trunkline::outbox
