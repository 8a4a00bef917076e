#include "lanes.hpp"

namespace trunkline::outbox {

void Lanes::enter(const std::string& enterprise, const std::string& target) {
    ++used_;
    ++lanes_[{enterprise, target}];
}

void Lanes::leave(const std::string& enterprise, const std::string& target) {
    const auto lane = lanes_.find({enterprise, target});
    if (lane == lanes_.end()) {
        return;
    }
    --used_;
    if (--lane->second == 0) {
        lanes_.erase(lane);
    }
}

std::pair<std::vector<std::string>, std::vector<std::string>> Lanes::full() const {
    std::pair<std::vector<std::string>, std::vector<std::string>> out;
    for (const auto& [lane, count] : lanes_) {
        if (count >= per_lane_) {
            out.first.push_back(lane.first);
            out.second.push_back(lane.second);
        }
    }
    return out;
}

}  // namespace trunkline::outbox
