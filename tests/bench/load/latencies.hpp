#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace trunkline::bench {

/// Every latency is kept, so percentiles are exact.
class Latencies {
public:
    void add(std::chrono::nanoseconds took);
    std::size_t size() const { return micros_.size(); }
    /// In microseconds; `share` from 0 to 1. 0 if there are none.
    std::uint32_t percentile(double share);

private:
    std::vector<std::uint32_t> micros_;
    bool is_sorted_ = true;
};

}  // namespace trunkline::bench
