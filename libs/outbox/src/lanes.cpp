#include "lanes.hpp"

#include <algorithm>

namespace trunkline::outbox {
namespace {

constexpr std::chrono::milliseconds first_pause{500};
constexpr std::chrono::milliseconds longest_pause{8'000};

}  // namespace

void Lanes::enter(const std::string& enterprise, const std::string& target, Time now) {
    auto& lane = lanes_[{enterprise, target}];
    ++used_;
    used_by_failing_ += is_failing(lane) ? 1 : 0;
    lane.entered.push_back(now);
}

void Lanes::leave(const std::string& enterprise, const std::string& target, Time entered) {
    const Name name{enterprise, target};
    const auto lane = lanes_.find(name);
    if (lane == lanes_.end()) {
        return;
    }
    const auto place = std::ranges::find(lane->second.entered, entered);
    if (place == lane->second.entered.end()) {
        return;
    }
    lane->second.entered.erase(place);
    --used_;
    used_by_failing_ -= is_failing(lane->second) ? 1 : 0;
    forget_if_idle(name);
}

void Lanes::worked(const std::string& enterprise, const std::string& target) {
    const Name name{enterprise, target};
    const auto lane = lanes_.find(name);
    if (lane == lanes_.end()) {
        return;
    }
    used_by_failing_ -= is_failing(lane->second) ? lane->second.entered.size() : 0;
    lane->second.failures = 0;
    forget_if_idle(name);
}

void Lanes::failed(const std::string& enterprise, const std::string& target, Time now) {
    auto& lane = lanes_[{enterprise, target}];
    const bool failed_before = is_failing(lane);
    lane.failures = std::min(lane.failures + 1, 1000U);
    if (is_failing(lane)) {
        used_by_failing_ += failed_before ? 0 : lane.entered.size();
        const auto doublings = std::min(lane.failures - fails_after, 4U);
        lane.probe_at = now + std::min(first_pause * (1 << doublings), longest_pause);
    }
}

void Lanes::untried(const std::string& enterprise, const std::string& target, Time now) {
    const auto lane = lanes_.find({enterprise, target});
    if (lane != lanes_.end()) {
        lane->second.probe_at = std::min(lane->second.probe_at, now);
    }
}

void Lanes::pause(const std::string& enterprise, const std::string& target, Time until) {
    auto& lane = lanes_[{enterprise, target}];
    lane.paused_until = std::max(lane.paused_until, until);
}

std::pair<std::vector<std::string>, std::vector<std::string>> Lanes::full(Time now) const {
    std::pair<std::vector<std::string>, std::vector<std::string>> out;
    for (const auto& [name, lane] : lanes_) {
        const bool is_slow =
            !lane.entered.empty() && now - std::ranges::min(lane.entered) >= slow_after;
        if (is_failing(lane) || is_slow || lane.paused_until > now ||
            lane.entered.size() >= per_lane_) {
            out.first.push_back(name.first);
            out.second.push_back(name.second);
        }
    }
    return out;
}

std::vector<Lanes::Name> Lanes::take_probes(Time now) {
    std::vector<Name> out;
    for (auto& [name, lane] : lanes_) {
        if (used_by_failing_ + out.size() >= for_failing_ || out.size() >= free_slots()) {
            break;
        }
        if (is_failing(lane) && lane.entered.empty() && lane.probe_at <= now &&
            lane.paused_until <= now) {
            // Should there be nothing to try with, it is looked at again after a while.
            lane.probe_at = now + longest_pause;
            out.push_back(name);
        }
    }
    return out;
}

void Lanes::no_probe(const Name& name) {
    const auto lane = lanes_.find(name);
    if (lane != lanes_.end() && is_failing(lane->second)) {
        used_by_failing_ -= lane->second.entered.size();
        lane->second.failures = fails_after - 1;
    }
}

Lanes::Time Lanes::next_probe(Time latest) const {
    if (used_by_failing_ >= for_failing_ || free_slots() == 0) {
        return latest;
    }
    for (const auto& [name, lane] : lanes_) {
        if (is_failing(lane) && lane.entered.empty()) {
            latest = std::min(latest, std::max(lane.probe_at, lane.paused_until));
        }
    }
    return latest;
}

/// A pause that has passed is forgotten with the lane's next message.
void Lanes::forget_if_idle(const Name& name) {
    const auto lane = lanes_.find(name);
    if (lane != lanes_.end() && lane->second.entered.empty() && lane->second.failures == 0 &&
        lane->second.paused_until <= std::chrono::steady_clock::now()) {
        lanes_.erase(lane);
    }
}

}  // namespace trunkline::outbox
