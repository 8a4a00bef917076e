#include "latencies.hpp"

#include <algorithm>
#include <cmath>

namespace trunkline::bench {

void Latencies::add(std::chrono::nanoseconds took) {
    micros_.push_back(static_cast<std::uint32_t>(took.count() / 1000));
    is_sorted_ = false;
}

std::uint32_t Latencies::percentile(double share) {
    if (micros_.empty()) {
        return 0;
    }
    if (!is_sorted_) {
        std::ranges::sort(micros_);
        is_sorted_ = true;
    }
    // Nearest rank: the least value that `share` of all do not exceed.
    const auto rank = std::ceil(share * static_cast<double>(micros_.size()));
    const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
    return micros_[std::min(index, micros_.size() - 1)];
}

}  // namespace trunkline::bench
