#include "rate_limit.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string_view>

namespace trunkline::ingest {
namespace {

constexpr double burst_seconds = 2.0;
/// Of the exchanges beyond max_exchanges. Longer than any X-PBX-Id.
constexpr std::string_view shared_name =
    "all the exchanges of this enterprise that there was no room left to tell apart";

double seconds_between(base::SteadyTime earlier, base::SteadyTime later) {
    return std::chrono::duration<double>(later - earlier).count();
}

}  // namespace

bool RateLimit::take(
    const std::string& enterprise, const std::string& pbx, std::optional<std::int64_t> own
) {
    const auto rate = static_cast<double>(
        own ? static_cast<std::uint64_t>(std::max<std::int64_t>(*own, 0)) : rate_
    );
    if (rate == 0) {
        return true;
    }
    const std::lock_guard lock(mutex_);
    const auto now = clock_.steady();
    if (enterprises_.size() >= max_enterprises && !enterprises_.contains(enterprise)) {
        forget_full(now);
    }
    auto& buckets = enterprises_[enterprise];
    if (buckets.size() >= max_exchanges && !buckets.contains(pbx)) {
        std::erase_if(buckets, [now](const auto& entry) { return is_full(entry.second, now); });
    }
    const bool is_nameless = buckets.size() >= max_exchanges && !buckets.contains(pbx);
    const auto [entry, is_new] = buckets.try_emplace(
        is_nameless ? std::string(shared_name) : pbx, Bucket{rate * burst_seconds, now}
    );
    auto& bucket = entry->second;
    bucket.left =
        std::min(rate * burst_seconds, bucket.left + seconds_between(bucket.at, now) * rate);
    bucket.at = now;
    if (bucket.left < 1.0) {
        return false;
    }
    bucket.left -= 1.0;
    return true;
}

/// A bucket that nobody drew from for the burst's time is full, and a full one needs no memory.
bool RateLimit::is_full(const Bucket& bucket, base::SteadyTime now) {
    return seconds_between(bucket.at, now) >= burst_seconds;
}

void RateLimit::forget_full(base::SteadyTime now) {
    std::erase_if(enterprises_, [now](const auto& entry) {
        return std::ranges::all_of(entry.second, [now](const auto& bucket) {
            return is_full(bucket.second, now);
        });
    });
    // All of them busy: rather one burst too many for somebody than memory without a bound.
    if (enterprises_.size() >= max_enterprises) {
        enterprises_.erase(enterprises_.begin());
    }
}

std::size_t RateLimit::size() const {
    const std::lock_guard lock(mutex_);
    return std::accumulate(
        enterprises_.begin(),
        enterprises_.end(),
        std::size_t{0},
        [](std::size_t sum, const auto& entry) { return sum + entry.second.size(); }
    );
}

}  // namespace trunkline::ingest
